// What the menu asks before it does something: who to call back, and whether to delete everything.
// @ts-check
import { make } from "./dom.js";

/** @typedef {import("./panel.js").Words} Words */
/** @typedef {{name: string, contact: string, good_time: string}} Wish */

/**
 * A form for a call back.
 * @param {Words} words @param {string} failed
 * @param {(wish: Wish) => Promise<any>} send @param {() => void} done
 */
export function callForm(words, failed, send, done) {
  /** @param {string} id @param {string} label @param {Record<string, any>} more */
  const field = (id, label, more) => [make("label", { for: id }, label), make("input", { id, name: id, maxlength: "200", ...more })];
  const problem = make("p", { class: "problem", id: "call-problem", role: "alert", hidden: true });
  const form = make(
    "form",
    { class: "ask", "aria-label": words.callMe },
    ...field("name", words.callName, { autocomplete: "name" }),
    ...field("contact", words.callContact, { autocomplete: "tel", required: true, "aria-describedby": "call-problem" }),
    ...field("good_time", words.callTime, { autocomplete: "off" }),
    problem,
    make("button", { class: "primary" }, words.callSend),
    make("button", { type: "button", onclick: done }, words.cancel),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const wish = /** @type {any} */ (Object.fromEntries(new FormData(form)));
    try {
      await send(wish);
      done();
    } catch (error) {
      problem.textContent = (error instanceof Error && "code" in error && error.message) || failed;
      problem.hidden = false;
      const contact = form.querySelector("#contact");
      contact?.setAttribute("aria-invalid", "true");
      /** @type {HTMLElement} */ (contact)?.focus();
    }
  });
  return form;
}

/**
 * Shall everything be deleted?
 * @param {Words} words @param {() => Promise<void>} erase @param {() => void} done
 */
export function eraseQuestion(words, erase, done) {
  return make(
    "div",
    { class: "ask", role: "alertdialog", "aria-label": words.eraseAsk },
    make("p", {}, words.eraseAsk),
    make("button", { type: "button", class: "danger", onclick: erase }, words.eraseYes),
    make("button", { type: "button", onclick: done }, words.cancel),
  );
}
