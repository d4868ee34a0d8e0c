// One message as a bubble: who speaks and when, the words, sources, a vote; and its buttons.
// @ts-check
import { make, prose } from "./dom.js";

/** @typedef {import("./client.js").Message} Message */
/** @typedef {import("./client.js").Outgoing} Outgoing */
/**
 * @typedef {object} Context
 * @property {import("./panel.js").Words} words
 * @property {(text: string, values?: Record<string, any>) => string} fill
 * @property {string[]} numbers
 * @property {(message: Message, button: {id: string, title: string}) => void} press
 * @property {(message: Message, helpful: boolean) => Promise<any>} vote
 */

/** @param {Message} message @param {Context} context */
export function speaker(message, { words }) {
  if (message.author === "visitor") return words.you;
  if (message.author === "system") return words.desk;
  return message.name ?? words.assistant;
}

/** When it was said, as the visitor's own clock and habits show it. @param {string} at */
function clock(at) {
  return make("time", { datetime: at }, new Date(at).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" }));
}

/** @param {Message} message @param {Context} context @param {boolean} urgent */
export function bubble(message, context, urgent) {
  const { words, numbers } = context;
  return make(
    "div",
    { class: `bubble ${message.author}${urgent ? " urgent" : ""}`, "data-seq": message.seq },
    urgent && make("p", { class: "flag" }, words.urgent),
    ["progress", "question"].includes(message.payload?.type) && progress(message.payload, context),
    make("p", { class: "who" }, speaker(message, context), " · ", clock(message.at)),
    make("div", { class: "text", dir: "auto" }, prose(message.text, numbers)),
    message.answer?.medical && make("p", { class: "medical" }, words.medical),
    message.answer?.sources && sources(message.answer, context),
    message.answer && helpful(message, context),
  );
}

/** What was typed and is on its way. @param {Outgoing} outgoing @param {Context} context */
export function typedBubble(outgoing, { words }) {
  const delivery = make("span", { class: "delivery" }, words.sending);
  return make(
    "div",
    { class: "bubble visitor", "data-id": outgoing.id },
    make("p", { class: "who" }, words.you, " · ", delivery),
    make("div", { class: "text", dir: "auto" }, make("p", {}, outgoing.text)),
  );
}

/** It has come back with its number and its time. @param {HTMLElement} typed @param {Message} message */
export function settle(typed, message) {
  typed.dataset.seq = String(message.seq);
  typed.querySelector(".delivery")?.before(clock(message.at), " · ");
}

/** @param {{step: number, of: number}} payload @param {Context} context */
function progress({ step, of }, { fill, words }) {
  const label = fill(words.progress, { step, of });
  const bar = make("progress", { max: of, value: Math.min(step, of), "aria-label": label });
  return make("div", { class: "progress" }, bar, make("span", { "aria-hidden": "true" }, label));
}

/** @typedef {{title: string, address: string | null, read: string}} Source */

/** Its title, as a link where a page opens. @param {Source} one @param {Context["words"]} words */
function source({ title, address, read }, words) {
  const shown = words.read[read] ? `${title} (${words.read[read]})` : title;
  return address ? make("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, shown) : shown;
}

/** @param {any} answer @param {Context} context */
function sources(answer, { fill, words }) {
  const review = fill(words.reviewed, { date: answer.reviewed, review: answer.clinical_review });
  return make(
    "details",
    { class: "sources" },
    make("summary", {}, words.sources),
    make("ul", {}, ...answer.sources.map((/** @type {Source} */ one) => make("li", {}, source(one, words)))),
    make("p", {}, review),
  );
}

/** @param {Message} message @param {Context} context */
function helpful(message, { fill, words, vote }) {
  const box = make("div", { class: "helpful", role: "group", "aria-label": words.helpful, tabindex: "-1" });
  /** @param {boolean} yes */
  const send = async (yes) => {
    const said = await vote(message, yes).then(() => words.thanks, () => fill(words.failed));
    const focused = box.matches(":focus-within");
    box.replaceChildren(said);
    if (focused) box.focus();
  };
  /** @param {boolean} yes */
  const button = (yes) =>
    make("button", { type: "button", class: "thumb", onclick: () => send(yes) }, yes ? words.yes : words.no);
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
