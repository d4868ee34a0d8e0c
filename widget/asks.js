// What the menu asks before it does something, and the copy to keep. Fetched when first needed.
// @ts-check
import { speaker } from "./bubbles.js";
import { make } from "./dom.js";

/** @typedef {import("./panel.js").Words} Words */
/** @typedef {{name: string, contact: string, good_time: string}} Wish */
const CONTACT = /^(?=(?:\D*\d){7,15}\D*$)[+\d\s()./-]+$|^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/**
 * A form for a call back, with one check of the number or address.
 * @param {Words} words @param {string} failed
 * @param {(wish: Wish) => Promise<any>} send @param {() => void} done
 */
export function callForm(words, failed, send, done) {
  /** @param {string} id @param {string} label @param {Record<string, any>} more */
  const field = (id, label, more) => [make("label", { for: id }, label), make("input", { id, name: id, maxlength: "200", ...more })];
  const problem = make("p", { class: "problem", id: "call-problem", role: "alert", hidden: true });
  const form = make(
    "form",
    { class: "ask", "aria-label": words.callMe, novalidate: true },
    make("h3", {}, words.callMe),
    ...field("name", words.callName, { autocomplete: "name" }),
    ...field("contact", words.callContact, { autocomplete: "tel", required: true, "aria-describedby": "call-problem" }),
    ...field("good_time", words.callTime, { autocomplete: "off" }),
    problem,
    make("button", { class: "primary" }, words.callSend),
    make("button", { type: "button", onclick: done }, words.cancel),
  );
  const complain = (/** @type {string} */ why) => {
    problem.textContent = why;
    problem.hidden = false;
    const contact = form.querySelector("#contact");
    contact?.setAttribute("aria-invalid", "true");
    /** @type {HTMLElement} */ (contact)?.focus();
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const wish = /** @type {any} */ (Object.fromEntries(new FormData(form)));
    if (!CONTACT.test(wish.contact.trim())) return complain(words.callCheck);
    try {
      await send(wish);
      done();
    } catch (error) {
      complain((error instanceof Error && "code" in error && error.message) || failed);
    }
  });
  return form;
}

/**
 * A question with one or two ways to act, and a way out.
 * @param {string} question @param {string[]} points @param {[string, string, () => any][]} ways name, class, act
 * @param {string} cancel @param {() => void} done
 */
export function decision(question, points, ways, cancel, done) {
  return make(
    "div",
    { class: "ask", role: "alertdialog", "aria-label": question },
    make("h3", {}, question),
    points.length > 0 && make("ul", {}, ...points.map((one) => make("li", {}, one))),
    ...ways.map(([name, kind, act]) => make("button", { type: "button", class: kind, onclick: act }, name)),
    make("button", { type: "button", onclick: done }, cancel),
  );
}

/** The conversation as a page of text: the clinic, the days, the local time. @param {import("./client.js").Message[]} messages @param {import("./bubbles.js").Context} context */
export function transcript(messages, context) {
  const { clinic, fill, locale, words } = context;
  const lines = [fill(words.title), clinic.phone, fill(words.copied, { when: new Date().toLocaleString(locale, { dateStyle: "full", timeStyle: "short" }) })];
  let day = "";
  for (const message of messages) {
    if (!message.text) continue;
    const at = new Date(message.at);
    const today = at.toLocaleDateString(locale, { dateStyle: "full" });
    if (today !== day) lines.push("", `— ${today} —`);
    day = today;
    lines.push("", `${at.toLocaleTimeString(locale, { timeStyle: "short" })}  ${speaker(message, context)}:`, message.text);
  }
  return lines.join("\n");
}

/** @param {string} text @param {string} name */
export function save(text, name) {
  const url = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/plain;charset=utf-8" }));
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/** Print a text alone. @param {string} text @param {string} title */
export function print(text, title) {
  const frame = make("iframe", { hidden: true, title });
  document.body.append(frame);
  const page = /** @type {Window} */ (frame.contentWindow);
  page.document.title = title;
  const body = page.document.createElement("pre");
  body.textContent = text;
  Object.assign(body.style, { whiteSpace: "pre-wrap", font: "12pt/1.5 system-ui, sans-serif" });
  page.document.body.append(body);
  page.addEventListener("afterprint", () => frame.remove());
  page.print();
}
