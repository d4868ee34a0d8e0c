// What the browser runs when a push comes: it shows what the front desk says, and a press leads there.
// The inbox's own worker begins with it (inbox/static/worker.js).
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  const { title, body, link } = event.data.json();
  event.waitUntil(self.registration.showNotification(title, { body, tag: link, renotify: true, data: { link }, icon: "/inbox/static/icon-192.png" }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { href } = new URL(event.notification.data.link, self.location.href);
  event.waitUntil((async () => {
    const open = (await self.clients.matchAll({ type: "window" })).find((one) => one.url.split("?")[0] === href);
    return open ? open.focus() : self.clients.openWindow(href);
  })());
});
