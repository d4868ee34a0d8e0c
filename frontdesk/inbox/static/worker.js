// What the browser runs while the inbox is closed: it tells that somebody waits, and says so when there is no connection.
importScripts("/answer-push/worker.js");
const KEPT = "inbox-1", OFFLINE = ["/inbox/static/offline.html", "/inbox/static/inbox.css"];

self.addEventListener("install", (event) => event.waitUntil(caches.open(KEPT).then((cache) => cache.addAll(OFFLINE))));

/** Pages are never kept: they hold what visitors wrote. Only the words that there is no connection are. */
self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.mode === "navigate") event.respondWith(fetch(request).catch(() => caches.match(OFFLINE[0])));
  else if (request.destination === "style") event.respondWith(fetch(request).catch(() => caches.match(request)));
});
