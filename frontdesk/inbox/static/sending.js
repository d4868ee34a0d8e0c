// Sending: a reply leaves after some seconds, so that it can be taken back; a form that is refused keeps its text.
import { compose, keepDraft, putInFront } from "./reply.js";
import { announce, toast, toastThere } from "./toasts.js";

const HOLD_MS = 3000;
const SENDING = "sending";
/** @type {{body: FormData, text: string, timer: number} | null} */
let held = null;
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
export function takeBack() {
  if (!held) return;
  clearTimeout(held.timer);
  sessionStorage.removeItem(SENDING);
  putInFront(held.text);
  held = null;
  sending.hidden = true;
  announce("Taken back.");
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
    if (!compose.elements.text.value) keepDraft("");
    htmx.trigger(document.body, "news");
  } catch (error) {
    putInFront(text);
    tell(problem, error);
  }
  if (!held) sessionStorage.removeItem(SENDING); // else it is the next one's by now
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
  keepDraft([held.text, compose.elements.text.value.trim()].filter(Boolean).join("\n"));
  held = null;
});

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
    if (form === compose) keepDraft("");
    problem.hidden = true;
    const { done, undo } = button.dataset;
    if (!form.closest("#queue") && new URL(answer.url).pathname !== location.pathname) {
      if (done) toastThere(done, undo ?? null);
      return location.assign(answer.url);
    }
    if (done) toast(done, undo ?? null);
    if (form !== compose || done) button.closest("details")?.removeAttribute("open");
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
