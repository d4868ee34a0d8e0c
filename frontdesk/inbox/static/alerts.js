// Alerts on this device: a sound and a notice while the inbox is open, and by Web Push while it is closed.

const csrf = () => document.querySelector("[name=csrf_token]").value;

/** @param {string} path @param {Record<string, string>} values */
function tell(path, values) {
  const body = new FormData();
  for (const [name, value] of Object.entries({ csrf_token: csrf(), ...values })) body.set(name, value);
  return fetch(path, { method: "POST", body });
}

/** The inbox as an app of its own: installed by the browser, with a page for when there is no connection. */
export async function install() {
  return globalThis.isSecureContext ? navigator.serviceWorker?.register("/inbox/worker.js", { scope: "/inbox/" }) : undefined;
}

/** Ask the browser for a way to be told, and hand it to the front desk. Nothing where there is none. */
export async function wanted() {
  const { key } = await (await fetch("/inbox/push")).json();
  if (!key || !("PushManager" in globalThis) || (await Notification.requestPermission()) !== "granted") return;
  await install();
  const { pushManager } = await navigator.serviceWorker.ready;
  const made = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  const { endpoint, keys } = made.toJSON();
  await tell("/inbox/push", { endpoint, p256dh: keys.p256dh, auth: keys.auth });
}

export async function unwanted() {
  const worker = await navigator.serviceWorker?.getRegistration("/inbox/");
  const made = await worker?.pushManager?.getSubscription();
  if (!made) return;
  await tell("/inbox/push/off", { endpoint: made.endpoint });
  await made.unsubscribe();
}
