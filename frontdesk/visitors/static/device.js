/**
 * Ask the browser for a way to tell this device, of staff or of a visitor; call it from the press of a button.
 * @param {string} key the front desk's public key @param {string} worker @param {{scope: string}} place
 * @returns {Promise<{endpoint: string, p256dh: string, auth: string}|null>} null where there is none, or it is not wished
 */
export async function device(key, worker, place) {
  if (!("PushManager" in globalThis) || !navigator.serviceWorker) return null;
  if ((await Notification.requestPermission()) !== "granted") return null;
  const { pushManager } = await active(await navigator.serviceWorker.register(worker, place));
  const how = { userVisibleOnly: true, applicationServerKey: key };
  const made = await pushManager.subscribe(how).catch(async () => {
    await (await pushManager.getSubscription())?.unsubscribe(); // it was made for a key that the front desk no longer has
    return pushManager.subscribe(how);
  });
  const { endpoint, keys } = made.toJSON();
  return { endpoint, p256dh: keys.p256dh, auth: keys.auth };
}

/** @param {ServiceWorkerRegistration} made @returns {Promise<ServiceWorkerRegistration>} as soon as its worker runs */
async function active(made) {
  const worker = made.installing ?? made.waiting;
  if (!made.active && worker)
    await new Promise((resolve) => worker.addEventListener("statechange", () => worker.state === "activated" && resolve(undefined)));
  return made;
}
