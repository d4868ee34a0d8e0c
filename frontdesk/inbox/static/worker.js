// What the browser runs while the inbox is closed: it tells that somebody waits, and says so when there is no connection.
const KEPT = "inbox-1", OFFLINE = ["/inbox/static/offline.html", "/inbox/static/inbox.css"];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((cache) => cache.addAll(OFFLINE)));
  self.skipWaiting();
});
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

/** Pages are never kept: they hold what visitors wrote. Only the words that there is no connection are. */
self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.mode === "navigate") event.respondWith(fetch(request).catch(() => caches.match(OFFLINE[0])));
  else if (request.destination === "style") event.respondWith(fetch(request).catch(() => caches.match(request)));
});

self.addEventListener("push", (event) => {
  const { title, link } = event.data.json();
  event.waitUntil(self.registration.showNotification(title, { tag: link, renotify: true, data: { link }, icon: "/inbox/static/icon-192.png" }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { link } = event.notification.data;
  event.waitUntil((async () => {
    const open = (await self.clients.matchAll({ type: "window" })).find((one) => new URL(one.url).pathname === link);
    return open ? open.focus() : self.clients.openWindow(link);
  })());
});
