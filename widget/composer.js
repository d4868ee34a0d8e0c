// Where the visitor writes: the text, a date or phone field where a question wants one, what is refused.
// @ts-check
import { icon, make } from "./dom.js";

const LONGEST = 2000;
const TALLEST_PX = 140;
/** @type {Record<string, Record<string, string>>} the fields that a question may want */
const FIELDS = { date: { type: "date" }, phone: { type: "tel", autocomplete: "tel" } };

export class Composer {
  /**
   * @param {import("./speech.js").Words} words
   * @param {(text: string) => void} say
   * @param {(file: File) => void} take a file that is dropped or pasted
   * @param {(draft: string) => void} keep what is typed and not sent
   */
  constructor(words, say, take, keep) {
    this.words = words;
    this.keep = keep;
    this.say = say;
    this.asked = make("div", { class: "asked", hidden: true });
    this.problem = make("p", { class: "problem", id: "problem", role: "alert", hidden: true });
    this.input = make("textarea", { id: "say", rows: "1", placeholder: words.input, autocomplete: "off", enterkeyhint: "send", "aria-describedby": "problem" });
    this.element = make(
      "form",
      { class: "composer" },
      this.problem,
      this.asked,
      make("label", { for: "say", class: "visually-hidden" }, words.input),
      this.input,
      make("button", { class: "send", "aria-label": words.send }, icon("M5 12h13M12 5l7 7-7 7")),
    );
    this.element.addEventListener("submit", (event) => (event.preventDefault(), this.submit()));
    this.input.addEventListener("input", () => (this.grow(), this.keep(this.input.value)));
    this.input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      this.submit();
    });
    /** A file that is dropped or pasted; text is text. @param {Event} event @param {DataTransfer|null} data */
    const look = (event, data) => {
      if (!data?.types.includes("Files")) return;
      event.preventDefault();
      if (event.type !== "dragover") take(data.files[0]);
    };
    for (const name of /** @type {const} */ (["dragover", "drop"]))
      this.element.addEventListener(name, (event) => look(event, event.dataTransfer));
    this.element.addEventListener("paste", (event) => look(event, event.clipboardData));
  }

  submit() {
    const field = this.asked.querySelector("input");
    const text = [this.input.value.trim(), field && spoken(field)].filter(Boolean).join(" ");
    if (!text) return;
    if (text.length > LONGEST) return this.complain(this.words.tooLong);
    this.say(text);
    this.put("");
    this.expect(null);
    this.keep("");
  }

  /** @param {string} text */
  put(text) {
    this.input.value = text;
    this.grow();
  }

  grow() {
    this.input.style.height = "auto";
    if (this.input.value) this.input.style.height = `${Math.min(this.input.scrollHeight, TALLEST_PX)}px`;
    this.complain(this.input.value.length > LONGEST ? this.words.tooLong : "");
  }

  /** Offer the field that a question wants; writing stays possible. @param {any} payload */
  expect(payload) {
    const wanted = payload?.type === "input" ? payload : payload?.input;
    const kind = wanted?.kind ?? "text";
    const field = FIELDS[kind];
    this.asked.replaceChildren();
    this.asked.hidden = !field;
    if (field)
      this.asked.append(
        make("label", { for: "asked" }, `${wanted.label || this.words.input} (${this.words.orWrite})`),
        make("input", { id: "asked", ...field }),
      );
    this.input.autocomplete = kind === "contact" ? "email" : "off";
  }

  /** @param {string} words */
  complain(words) {
    this.problem.textContent = words;
    this.problem.hidden = !words;
    this.input.setAttribute("aria-invalid", String(Boolean(words)));
  }
}

/** What a field says, as one would write it. @param {HTMLInputElement} field */
function spoken({ type, value, valueAsDate }) {
  if (type !== "date" || !valueAsDate) return value.trim();
  return valueAsDate.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
}
