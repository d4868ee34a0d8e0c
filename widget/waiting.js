// The card of whoever waits for a person: how long, and the ways out; for whoever cannot stay "Tell me by e-mail"
// and "Tell me on this device", and how to end them. Fetched only then.
// @ts-check
import { show, wordsFor } from "./asks.js";
import { make } from "./dom.js";

/** @typedef {import("./panel.js").Panel} Panel */
/** @typedef {import("./asks.js").Words} Words */

/** @param {Panel} panel @param {Words} words */
function form(panel, words) {
  const problem = make("p", { class: "problem", id: "mail-problem", role: "alert", hidden: true });
  const input = /** @type {HTMLInputElement} */ (
    make("input", { id: "mail", type: "email", autocomplete: "email", maxlength: "200", required: true, "aria-describedby": "mail-problem" })
  );
  const complain = (/** @type {string} */ why) => {
    problem.textContent = why;
    problem.hidden = false;
    input.setAttribute("aria-invalid", "true");
    input.focus();
  };
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!input.value.trim() || !input.checkValidity()) return complain(words.mailCheck);
    try {
      await panel.client.call("POST", "/api/answer-mail", { email: input.value, page: location.href });
      panel.endAsk();
      panel.client.line.poll();
    } catch (error) {
      complain(/** @type {any} */ (error).status === 422 ? words.mailCheck : panel.fill(panel.words.failed));
    }
  };
  return make(
    "form",
    { class: "ask", "aria-label": words.mailOffer, novalidate: true, onsubmit: send },
    make("h3", {}, words.mailOffer),
    make("p", {}, words.mailNote),
    make("label", { for: "mail" }, words.mailAddress),
    input,
    problem,
    make("button", { class: "primary" }, words.mailSend),
    make("button", { type: "button", onclick: () => panel.endAsk() }, words.cancel),
  );
}

/** A button of the card. @param {string} title @param {() => any} act */
const chip = (title, act) => make("button", { type: "button", class: "chip", onclick: act }, title);

/** Of the window in which the browser is asked. */
let asked = new AbortController();

/**
 * Have the browser asked, and tell the front desk what it gave. No website but the front desk's own can ask for
 * that, so it opens a window, and hears from it.
 * @param {Panel} panel @param {Words} words
 */
function askBrowser(panel, words) {
  const { base } = panel.client;
  const place = new URLSearchParams({ language: panel.speech.language, origin: location.origin });
  asked.abort();
  asked = new AbortController();
  const opened = open(`${base}/answer-push/?${place}`, "clinic-answer-push", "popup,width=440,height=560");
  if (!opened) return panel.showStatus(words.deviceBlocked);
  const hear = async (/** @type {MessageEvent} */ { source, origin, data }) => {
    if (source !== opened || origin !== base) return;
    const told = panel.client.call("POST", "/api/answer-push", { ...data, page: location.href });
    const kept = await told.then(() => true, () => false);
    opened.postMessage({ kept }, base);
    if (kept) panel.client.line.poll();
  };
  addEventListener("message", hear, { signal: asked.signal });
}

/** @param {Panel} panel */
const failed = (panel) => panel.showStatus(panel.fill(panel.words.failed));

/** The ways to be told after one has left: to ask for each, or what was asked and its end. @param {Panel} panel @param {Words} words @param {import("./client.js").State} state */
function offers(panel, words, { owner, mail, push }) {
  const { clinic, client } = panel;
  const told = (/** @type {string} */ line, /** @type {string} */ title, /** @type {string} */ path) => [
    make("p", {}, line),
    chip(title, () => client.call("DELETE", path).then(() => client.line.poll(), () => failed(panel))),
  ];
  const waits = owner === "waiting";
  const canPush = clinic.pushes && "PushManager" in window && "Notification" in window;
  return [
    ...(mail ? told(panel.fill(words.mailTold, { address: mail }), words.mailEnd, "/api/answer-mail") : []),
    ...(push ? told(words.deviceTold, words.deviceEnd, "/api/answer-push") : []),
    waits && !mail && clinic.mails && chip(words.mailOffer, () => show(panel, form(panel, words))),
    waits && !push && canPush && chip(words.deviceOffer, () => askBrowser(panel, words)),
  ];
}

/** How long one waits, and the ways out; with a person, only what was asked. @param {Panel} panel @param {import("./client.js").State} state */
export async function card(panel, state) {
  const { wait } = panel;
  const words = await wordsFor(panel);
  const { owner, place, staffed } = state;
  const soon = [place && panel.fill(words.place, { place }), panel.clinic.usual_wait && panel.fill(words.usualWait)].filter(Boolean).join(" · ");
  const line = staffed === false ? panel.speech.nobody : soon;
  const waiting = owner === "waiting" && [
    make("p", { role: "status" }, line || panel.words.waitingPerson),
    chip(words.leaveNumber, () => panel.askFor("call")),
    chip(words.stopWaiting, () => panel.client.call("DELETE", "/api/waiting").catch(() => failed(panel))),
  ];
  wait.replaceChildren(...[...(waiting || []), ...offers(panel, words, state)].filter((one) => one instanceof Node));
}
