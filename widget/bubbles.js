// One message as a bubble: who speaks, the words, buttons, sources, a vote.
// @ts-check
import { make, prose } from "./dom.js";

/** @typedef {import("./client.js").Message} Message */
/**
 * @typedef {object} Context
 * @property {Record<string, string>} words
 * @property {(text: string, values?: Record<string, any>) => string} fill
 * @property {string[]} numbers
 * @property {string} language
 * @property {(message: Message, button: {id: string, title: string}) => void} press
 * @property {(message: Message, helpful: boolean) => Promise<any>} vote
 */

/** @param {Message} message @param {Context} context */
function speaker(message, { words }) {
  if (message.author === "visitor") return words.you;
  if (message.author === "system") return words.desk;
  return message.name ?? words.assistant;
}

/** @param {Message} message @param {Context} context */
export function bubble(message, context) {
  const { words, numbers } = context;
  if (!message.text) return null;
  const at = new Date(message.at);
  const time = make("time", { datetime: message.at }, at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }));
  const who = make("p", { class: "who" }, speaker(message, context), " · ", time);
  const text = make("div", { class: "text", dir: "auto" }, prose(message.text, numbers));
  return make(
    "div",
    { class: `bubble ${message.author}`, "data-seq": message.seq },
    message.payload?.type === "progress" && progress(message.payload, context),
    who,
    text,
    message.answer && message.answer.sources && sources(message.answer, context),
    message.answer && helpful(message, context),
  );
}

/** @param {{step: number, of: number}} payload @param {Context} context */
function progress({ step, of }, { fill, words }) {
  const label = fill(words.progress, { step, of });
  const bar = make("progress", { max: of, value: Math.min(step, of), "aria-label": label });
  return make("div", { class: "progress" }, bar, make("span", { "aria-hidden": "true" }, label));
}

/** @param {any} answer @param {Context} context */
function sources(answer, { fill, words }) {
  const review = fill(words.reviewed, { date: answer.reviewed, review: answer.clinical_review });
  return make(
    "details",
    { class: "sources" },
    make("summary", {}, words.sources),
    make("p", {}, answer.sources.join(", ")),
    make("p", {}, review),
  );
}

/** @param {Message} message @param {Context} context */
function helpful(message, { words, vote }) {
  const box = make("div", { class: "helpful", role: "group", "aria-label": words.helpful });
  /** @param {boolean} yes */
  const button = (yes) =>
    make("button", {
      type: "button",
      class: "thumb",
      onclick: async () => {
        await vote(message, yes);
        box.replaceChildren(make("span", { role: "status" }, words.thanks));
      },
    }, yes ? words.yes : words.no);
  box.append(make("span", {}, words.helpful), button(true), button(false));
  return box;
}

/** The buttons of a message, under it. @param {Message} message @param {Context} context */
export function choices(message, { press }) {
  if (!message.buttons.length) return null;
  return make(
    "div",
    { class: "choices" },
    ...message.buttons.map((button) =>
      make("button", { type: "button", class: "choice", onclick: () => press(message, button) }, button.title),
    ),
  );
}
