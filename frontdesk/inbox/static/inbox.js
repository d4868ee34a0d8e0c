// Live updates, alerts, ready-made replies, and forms that keep their text when something goes wrong.
import { install, unwanted, wanted } from "./alerts.js";
import "./colleagues.js";
import "./list.js";
import "./palette.js";
import { ring } from "./sounds.js";

const compose = document.getElementById("reply-form");
const draftKey = `draft:${location.pathname}`;

/** @param {string} words */
function announce(words) {
  const live = document.getElementById("live");
  if (live) live.textContent = words;
}

/** @type {EventSource | undefined} */
let stream;
/** Are these the hours in which whoever is signed in hears nothing? */
let isQuiet = false;

function listen() {
  if (!document.querySelector(".top")) return;
  stream?.close();
  stream = new EventSource("/inbox/events");
  stream.addEventListener("news", ({ data }) => {
    const { waiting, mentions, quiet } = JSON.parse(data);
    isQuiet = quiet;
    tellWhoWaits(waiting);
    tellMentions(mentions);
    htmx.trigger(document.body, "news");
  });
  stream.addEventListener("looks", () => htmx.trigger(document.body, "looks"));
}

/** After sleep, or when the connection is back: what happened meanwhile is looked up at once. */
function catchUp() {
  if (stream?.readyState === EventSource.CLOSED) listen();
  htmx.trigger(document.body, "news");
}
addEventListener("online", catchUp);
document.addEventListener("visibilitychange", () => document.hidden || catchUp());

/** What is being filled in and what is unfolded stays as it is, whatever the update brings. */
Idiomorph.defaults.callbacks.beforeNodeMorphed = (old) => !(old instanceof HTMLFormElement && isBegun(old));
Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node) => !(name === "open" && node instanceof HTMLDetailsElement);

/** @param {HTMLFormElement} form */
function isBegun(form) {
  return [...form.elements].some((one) => one === document.activeElement && one.matches("input, textarea, select")
    || one.matches("[type=checkbox], [type=radio]") && one.checked !== one.defaultChecked
    || one.matches("textarea, input:not([type=hidden], [type=checkbox], [type=radio])") && one.value !== one.defaultValue);
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

// --- sending: a reply leaves after some seconds, so that it can be taken back ---

const HOLD_MS = 3000;
const SENDING = "sending";
/** @type {{body: FormData, text: string, timer: number} | null} */
let held = null;
/** What was in the box when the page was opened. */
let restored = "";
const sending = document.getElementById("sending");

function hold() {
  leave();
  const body = new FormData(compose), text = compose.elements.text.value;
  held = { body, text, timer: setTimeout(leave, HOLD_MS) };
  sessionStorage.setItem(SENDING, JSON.stringify({ address: compose.action, fields: [...body] }));
  compose.elements.text.value = "";
  compose.elements.key.value = "";
  sending.hidden = false;
  compose.elements.text.focus();
  announce("Sending. Press u outside the box, or Undo, to take it back.");
}

/** Take back what has not left yet: it is in the box again. */
function takeBack() {
  if (!held) return;
  clearTimeout(held.timer);
  sessionStorage.removeItem(SENDING);
  putBack(held.text);
  held = null;
  sending.hidden = true;
  announce("Taken back.");
}

/** @param {string} words in front of whatever was begun meanwhile */
function putBack(words) {
  const text = compose.elements.text;
  text.value = [words, text.value.trim()].filter(Boolean).join("\n");
  text.dispatchEvent(new Event("input"));
  text.focus();
}

async function leave() {
  if (!held) return;
  const { body, text, timer } = held;
  clearTimeout(timer);
  held = null;
  sending.hidden = true;
  const problem = compose.querySelector(".problem");
  try {
    await post(compose.action, body);
    problem.hidden = true;
    if (!compose.elements.text.value) sessionStorage.removeItem(draftKey);
    htmx.trigger(document.body, "news");
  } catch (error) {
    putBack(text);
    tell(problem, error);
  }
  sessionStorage.removeItem(SENDING);
}
/** What was being sent when the last page was left: its beacon may not have left. By its key it is said once. */
function sendAgain() {
  const kept = sessionStorage.getItem(SENDING);
  if (!kept) return;
  sessionStorage.removeItem(SENDING);
  const { address, fields } = JSON.parse(kept), body = new FormData();
  for (const [name, value] of fields) body.append(name, value);
  post(address, body).catch(() => {}); // the words are a draft in the conversation
}
sendAgain();
addEventListener("pageshow", (event) => event.persisted && sendAgain());
/** Whoever leaves the page meanwhile has sent it; whether it arrived is seen when they come back. */
addEventListener("pagehide", () => {
  if (!held) return;
  clearTimeout(held.timer);
  navigator.sendBeacon(compose.action, held.body);
  sessionStorage.setItem(draftKey, [held.text, compose.elements.text.value.trim()].filter(Boolean).join("\n"));
  held = null;
});

/** A draft that stands in the conversation by now has arrived. */
function dropSent() {
  const text = compose?.elements.text;
  const said = [...document.querySelectorAll(".message.staff .text")].slice(-3).map((one) => one.textContent.trim());
  if (!text?.value.trim() || !said.includes(text.value.trim())) return;
  text.value = "";
  sessionStorage.removeItem(draftKey);
}
document.getElementById("unsend")?.addEventListener("click", takeBack);
document.getElementById("send-now")?.addEventListener("click", leave);

/** @param {string} address @param {FormData} body */
async function post(address, body) {
  const answer = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error((await answer.json()).error.message);
  return answer;
}

/** @param {HTMLElement} problem @param {Error} error */
function tell(problem, error) {
  problem.textContent = error instanceof TypeError
    ? "The connection is lost. Your text is still in the box."
    : error.message;
  problem.hidden = false;
}

/** Send a form without leaving the page; when it is refused its text stays, and the reason stands in it. @param {SubmitEvent} event */
async function send(event) {
  const form = event.target, button = event.submitter;
  if (!form.matches("[data-kept]")) return;
  event.preventDefault();
  const problem = form.querySelector(".problem"), text = form.elements.text;
  if (form.elements.key) form.elements.key.value ||= crypto.randomUUID();
  if (form === compose && !button.hasAttribute("formaction")) {
    if (text.value.trim()) hold();
    return;
  }
  const body = new FormData(form);
  if (button.name) body.set(button.name, button.value);
  button.disabled = true;
  try {
    const answer = await post(button.getAttribute("formaction") || form.action, body);
    form.reset();
    if (form.elements.key) form.elements.key.value = ""; // reset() leaves hidden fields as they are
    if (form === compose) sessionStorage.removeItem(draftKey);
    problem.hidden = true;
    if (form.closest("#queue")) htmx.trigger(document.body, "news");
    else if (new URL(answer.url).pathname !== location.pathname) location.assign(answer.url);
    if (button.dataset.done) toast(button.dataset.done, button.dataset.undo ?? null);
    if (form !== compose || button.dataset.done) button.closest("details")?.removeAttribute("open");
    htmx.trigger(document.body, "news");
  } catch (error) {
    tell(problem, error);
  } finally {
    button.disabled = false;
    if (!button.dataset.done) text?.focus();
  }
}
document.addEventListener("submit", send);

/** A live update finds that the session has ended: nobody is sent away from what they are writing. */
document.body.addEventListener("htmx:responseError", ({ detail }) => {
  if (detail.xhr.status !== 401) return;
  takeBack();
  const begun = [...document.querySelectorAll("form[data-kept] textarea")].find((one) => one.value.trim());
  if (!begun) return location.assign(`/inbox/sign-in?next=${encodeURIComponent(location.pathname)}`);
  const problem = begun.form.querySelector(".problem");
  problem.textContent = "You are signed out. Your text is still in the box.";
  problem.hidden = false;
});

if (compose) {
  const text = compose.elements.text;
  text.value ||= sessionStorage.getItem(draftKey) ?? "";
  restored = text.value;
  dropSent();
  text.addEventListener("input", () => sessionStorage.setItem(draftKey, text.value));
  document.getElementById("canned")?.addEventListener("input", ({ target }) => {
    const chosen = [...target.list.options].find((one) => one.value === target.value);
    if (!chosen) return;
    text.value = [text.value.trim(), chosen.dataset.text].filter(Boolean).join("\n");
    text.dispatchEvent(new Event("input"));
    target.value = "";
    text.focus();
  });
}

// --- the conversation: where one was reading one stays, and what is new below is said ---

const list = () => document.querySelector(".messages");
let seen = list()?.children.length ?? 0, wasAtEnd = true;

function toEnd() {
  const messages = list();
  if (messages) messages.scrollTop = messages.scrollHeight;
}

function showBelow() {
  const messages = list(), chip = document.getElementById("below");
  if (!messages || !chip) return;
  const atEnd = messages.scrollHeight - messages.scrollTop - messages.clientHeight < 40;
  if (atEnd) seen = messages.children.length;
  const below = messages.children.length - seen;
  chip.hidden = atEnd || below < 1;
  chip.textContent = `${below} new below`;
}

document.body.addEventListener("htmx:beforeSwap", () => {
  const messages = list();
  wasAtEnd = !!messages && messages.scrollHeight - messages.scrollTop - messages.clientHeight < 40;
});
document.body.addEventListener("htmx:afterSwap", ({ target }) => {
  if (target.id !== "thread") return;
  if (restored && compose?.elements.text.value === restored) dropSent();
  if (wasAtEnd) toEnd();
  showBelow();
});
document.addEventListener("scroll", ({ target }) => target === list() && showBelow(), true);
document.addEventListener("click", ({ target }) => {
  if (target.id === "below") { toEnd(); showBelow(); }
});

// --- notices with a way back ---

/** @param {string} words @param {string | null} undo an address that takes it back @param {string} [link] */
function toast(words, undo, link) {
  const holder = document.getElementById("toasts");
  if (!holder) return;
  const one = document.createElement("p");
  one.className = "toast";
  one.append(words);
  if (link) one.append(Object.assign(document.createElement("a"), { href: link, textContent: "Look" }));
  if (undo) {
    const button = document.createElement("button");
    button.textContent = "Undo";
    button.addEventListener("click", async () => {
      one.remove();
      const { pathname, searchParams } = new URL(undo, location.href), body = new FormData();
      for (const [name, value] of searchParams) body.set(name, value);
      body.set("csrf_token", document.querySelector("[name=csrf_token]").value);
      await fetch(pathname, { method: "POST", body, headers: { Accept: "application/json" } });
      htmx.trigger(document.body, "news");
    });
    one.append(button);
  }
  holder.replaceChildren(one);
  setTimeout(() => one.remove(), 8000);
}

// --- ready-made replies: "/" and some letters ---

const ready = document.getElementById("ready");
if (compose && ready) {
  const text = compose.elements.text;
  const options = [...ready.querySelectorAll("button")];
  const choose = (button) => {
    text.value = button.dataset.text;
    ready.hidden = true;
    text.dispatchEvent(new Event("input"));
    text.focus();
  };
  ready.addEventListener("click", ({ target }) => target.closest("button") && choose(target.closest("button")));
  text.addEventListener("input", () => {
    const looked = text.value.startsWith("/") ? text.value.slice(1).toLowerCase() : null;
    for (const one of options) one.parentElement.hidden = looked === null || !one.textContent.toLowerCase().includes(looked);
    ready.hidden = looked === null || !options.some((one) => !one.parentElement.hidden);
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) compose.requestSubmit(compose.querySelector("button.primary"));
    else if (event.key === "Enter" && !ready.hidden) {
      event.preventDefault();
      choose(options.find((one) => !one.parentElement.hidden));
    } else if (event.key === "Escape" && !ready.hidden) {
      ready.hidden = true;
      event.preventDefault();
    }
  });
}

// --- answers that exist, put into the reply for editing ---

/** @param {HTMLElement|null} button */
function suggest(button) {
  if (!compose || !button) return;
  const text = compose.elements.text;
  text.value = [text.value.trim(), button.dataset.text].filter(Boolean).join("\n");
  text.dispatchEvent(new Event("input"));
  text.focus();
}
const suggestions = document.getElementById("suggestions");
suggestions?.addEventListener("click", ({ target }) => suggest(target.closest("button")));
document.addEventListener("keydown", (event) => {
  const which = event.altKey && !event.ctrlKey && !event.metaKey && /^Digit([1-3])$/.exec(event.code);
  if (!which || !suggestions) return;
  event.preventDefault();
  suggest(suggestions.querySelectorAll("button")[Number(which[1]) - 1] ?? null);
});

// --- fast hands; a key counts only where nobody is writing ---

/** @param {number} by */
function move(by) {
  const cards = [...document.querySelectorAll("#queue a.card")];
  const at = cards.findIndex((one) => one === document.activeElement || one.matches("[aria-current]"));
  cards[Math.min(cards.length - 1, Math.max(0, at + by))]?.focus();
}

/** Open one of the details under the reply box and go into it. @param {string} name */
function openMore(name) {
  const summary = [...document.querySelectorAll(".talk>.more summary")].find((one) => one.textContent === name);
  if (!summary) return;
  summary.parentElement.open = true;
  summary.parentElement.querySelector("textarea, select, form button")?.focus();
}

function openLabels() {
  const form = document.getElementById("labels-form");
  if (!form) return;
  showFacts(true);
  form.open = true;
  form.querySelector("input:not([type=hidden])")?.focus();
}

/** On a small screen the facts are a sheet over the conversation. @param {boolean} on */
function showFacts(on) {
  document.getElementById("main")?.classList.toggle("with-facts", on);
  document.getElementById("show-facts")?.setAttribute("aria-expanded", String(on));
}
document.addEventListener("click", ({ target }) => {
  if (target.closest("#show-facts")) showFacts(!document.querySelector(".with-facts"));
  else if (target.closest("#hide-facts")) { showFacts(false); document.getElementById("show-facts")?.focus(); }
  else if (target.dataset.mention) mention(target);
});

/** @param {HTMLElement} button */
function mention(button) {
  const text = button.form.elements.text;
  text.value = `${text.value.trimEnd()} ${button.dataset.mention} `.trimStart();
  text.focus();
}

/** To the reply; from a list to the one of who stands first in it. */
function reply() {
  const box = document.getElementById("reply"), first = document.querySelector("#queue a.card");
  if (box) box.focus();
  else if (first) location.assign(Object.assign(new URL(first.href), { hash: "reply" }));
}

const keys = {
  j: () => move(1),
  k: () => move(-1),
  r: reply,
  n: () => openMore("Private note"),
  e: () => openMore("Close"),
  s: () => openMore("Snooze"),
  a: () => openMore("Assign"),
  l: () => openLabels(),
  u: () => takeBack(),
  t: () => document.getElementById("take")?.click(),
  "/": () => document.getElementById("q")?.focus(),
  "?": () => document.getElementById("keys")?.showModal(),
};
document.addEventListener("keydown", (event) => {
  const writing = event.target.closest("input, textarea, select, [contenteditable], dialog");
  if (event.key === "Escape" && writing && !writing.closest("dialog") && !event.defaultPrevented) return document.activeElement.blur();
  if (writing || event.ctrlKey || event.metaKey || event.altKey || !(event.key in keys)) return;
  event.preventDefault();
  keys[event.key]();
});

if (location.hash.startsWith("#m-")) document.querySelector(location.hash)?.scrollIntoView({ block: "center" });
else toEnd();
if (location.hash === "#reply") reply();
listen();
if (sessionStorage.getItem("just-took") === location.pathname) document.getElementById("reply")?.focus();
sessionStorage.removeItem("just-took");
document.addEventListener("submit", ({ target }) => {
  if (target.action.endsWith("/take")) sessionStorage.setItem("just-took", location.pathname);
});
