// Live updates that leave alone what somebody is at: where they read, what they fill in.
import { tellNews } from "./alerts.js";
import "./colleagues.js";
import "./keys.js";
import "./list.js";
import "./palette.js";
import "./sending.js";

/** @type {EventSource | undefined} */
let stream;

function listen() {
  if (!document.querySelector(".top")) return;
  stream?.close();
  const [, opened] = /^\/inbox\/c\/([^/]+)$/.exec(location.pathname) ?? [];
  stream = new EventSource(opened ? `/inbox/events?open=${opened}` : "/inbox/events");
  stream.addEventListener("news", ({ data }) => {
    tellNews(JSON.parse(data));
    htmx.trigger(document.body, "list");
  });
  for (const what of ["here", "looks"]) stream.addEventListener(what, () => htmx.trigger(document.body, what));
}

/** After sleep, or when the connection is back: what happened meanwhile is looked up at once, everywhere. */
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
  if (wasAtEnd) toEnd();
  showBelow();
});
document.addEventListener("scroll", ({ target }) => target === list() && showBelow(), true);
document.addEventListener("click", ({ target }) => {
  if (target.id === "below") { toEnd(); showBelow(); }
});

if (location.hash.startsWith("#m-")) document.querySelector(location.hash)?.scrollIntoView({ block: "center" });
else toEnd();
listen();
if (sessionStorage.getItem("just-took") === location.pathname) document.getElementById("reply")?.focus();
sessionStorage.removeItem("just-took");
document.addEventListener("submit", ({ target }) => {
  if (target.action.endsWith("/take")) sessionStorage.setItem("just-took", location.pathname);
});
