// Alerts on this device: a sound and a notice while the inbox is open, and by Web Push while it is closed.
import { device } from "/answer-push/device.js";
import { ring } from "./sounds.js";
import { announce, toast } from "./toasts.js";

const csrf = () => document.querySelector("[name=csrf_token]").value;

/** @param {string} path @param {Record<string, string>} values */
function tell(path, values) {
  const body = new FormData();
  for (const [name, value] of Object.entries({ csrf_token: csrf(), ...values })) body.set(name, value);
  return fetch(path, { method: "POST", body });
}

/** @type {[string, {scope: string}]} */
const WORKER = ["/inbox/worker.js", { scope: "/inbox/" }];

/** The inbox as an app of its own: installed by the browser, with a page for when there is no connection. */
async function install() {
  return globalThis.isSecureContext ? navigator.serviceWorker?.register(...WORKER) : undefined;
}

/** Ask the browser for a way to be told, and hand it to the front desk. Nothing where there is none. */
async function wanted() {
  const { key } = await (await fetch("/inbox/push")).json();
  const found = key && (await device(key, ...WORKER));
  if (found) await tell("/inbox/push", found);
}

async function unwanted() {
  const worker = await navigator.serviceWorker?.getRegistration("/inbox/");
  const made = await worker?.pushManager?.getSubscription();
  if (!made) return;
  await tell("/inbox/push/off", { endpoint: made.endpoint });
  await made.unsubscribe();
}

/** Are these the hours in which whoever is signed in hears nothing? */
let isQuiet = false;

/** @param {{waiting: number, mentions: number, quiet: boolean}} news */
export function tellNews({ waiting, mentions, quiet }) {
  isQuiet = quiet;
  tellWhoWaits(waiting);
  tellMentions(mentions);
}

/** @param {number} now */
function tellMentions(now) {
  const before = Number(sessionStorage.getItem("mentions") ?? now);
  sessionStorage.setItem("mentions", String(now));
  if (now <= before) return;
  toast("A colleague has mentioned you.", null, "/inbox/?view=mentions");
  alertThem("A colleague has mentioned you");
}

/** @param {string} words none of a visitor's */
function alertThem(words) {
  if (alerts?.getAttribute("aria-pressed") !== "true" || isQuiet) return;
  ring(alerts.dataset.sound);
  if (document.hidden && globalThis.Notification?.permission === "granted")
    new Notification(words, { tag: words }).onclick = () => focus();
}

/** How many wait now: in the title, aloud for screen readers, and as an alert when wanted. @param {number} now */
function tellWhoWaits(now) {
  const before = Number(sessionStorage.getItem("waiting") ?? now);
  sessionStorage.setItem("waiting", String(now));
  document.title = (now ? `(${now}) ` : "") + document.title.replace(/^\(\d+\) /, "");
  if (now <= before) return;
  announce(now === 1 ? "1 conversation is waiting" : `${now} conversations are waiting`);
  alertThem("A conversation is waiting");
}

const alerts = document.getElementById("alerts");
if (alerts) {
  const show = () => alerts.setAttribute("aria-pressed", String(localStorage.getItem("alerts") === "on"));
  alerts.addEventListener("click", () => {
    const on = alerts.getAttribute("aria-pressed") !== "true";
    localStorage.setItem("alerts", on ? "on" : "off");
    show();
    if (on) ring(alerts.dataset.sound);
    globalThis.Notification?.requestPermission().then(on ? wanted : unwanted).catch(() => {}); // it alerts while it is open
  });
  show();
  install()?.catch(() => {});
}
