// One message as a row of the conversation: a face, who and when once a group, the words, and what belongs to an answer.
// @ts-check
import { icon, make } from "./dom.js";
import { prose, tel } from "./prose.js";

/** @typedef {import("./client.js").Message} Message */
/** @typedef {import("./client.js").Outgoing} Outgoing */
/**
 * @typedef {object} Context
 * @property {import("./speech.js").Words} words
 * @property {string} language
 * @property {string} locale
 * @property {string} mark
 * @property {string} nobody no person is here, and when there will be
 * @property {(text: string, values?: Record<string, any>) => string} fill
 * @property {import("./client.js").Client} client
 * @property {import("./client.js").Clinic} clinic
 * @property {(text: string, button?: Outgoing["button"]) => void} say
 * @property {(outgoing: Outgoing) => void} change
 * @property {() => void} otherWords
 */

/** Of our own words, where the front desk does not say it. */
const SPOKEN = "en";
/** How one asks the assistant for a person. */
export const PERSON = "I would like to talk to a person";

/** @param {Message} message @param {Context} context */
export function speaker(message, { words }) {
  if (message.author === "visitor") return words.you;
  if (message.author === "system") return words.desk;
  return message.name ?? words.assistant;
}

/** When it was said, as the visitor's own clock and habits show it. @param {string} at @param {string} locale */
function clock(at, locale) {
  return make("time", { datetime: at }, new Date(at).toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit" }));
}

/** The first letters of a name. @param {string} name */
export const initials = (name) => name.split(/[\s,]+/).slice(0, 2).map((part) => part.charAt(0)).join("").toUpperCase();

/** @param {Message} message @param {Context} context */
function face(message, { clinic }) {
  if (message.author === "visitor" || message.author === "system") return null;
  const letters = initials(message.author === "staff" && message.name ? message.name.split(",")[0] : clinic.name);
  return make("span", { class: "face", "aria-hidden": "true" }, letters);
}

/**
 * A row: the face, and a bubble with whatever it holds.
 * @param {Message} message @param {Context} context
 * @param {{next?: boolean, urgent?: boolean, card?: HTMLElement}} [how] of a group that goes on; a danger; drawn as a card
 */
export function row(message, context, { next, urgent, card } = {}) {
  const { words, clinic, language } = context;
  const lang = message.language ?? (message.author === "visitor" ? language : SPOKEN);
  const numbers = [clinic.emergency_number, clinic.phone];
  return make(
    "div",
    { class: `row ${message.author}${next ? " next" : ""}` },
    !next && face(message, context),
    make(
      "div",
      { class: `bubble ${message.author}${urgent ? " urgent" : ""}${card ? " card" : ""}`, "data-seq": message.seq },
      make("p", { class: next ? "who visually-hidden" : "who" }, speaker(message, context), " · ", clock(message.at, context.locale)),
      urgent && make("p", { class: "flag" }, words.urgent),
      card ?? (message.text && make("div", { class: "text", dir: "auto", lang }, prose(message.text, numbers))),
      message.payload?.kept && file(message, context),
      urgent && callNow(message.text.includes(clinic.emergency_number) || !message.text.includes(clinic.phone) ? clinic.emergency_number : clinic.phone, context),
    ),
  );
}

/** A photo or document to be saved. @param {Message} message @param {Context} context */
function file(message, context) {
  const place = make("p");
  import("./photos.js").then(({ file }) => place.append(file(message, context)));
  return place;
}

/** One big button. @param {string} number @param {Context} context */
export function callNow(number, { fill, words }) {
  return make("a", { class: "call", href: tel(number) }, fill(words.callNow, { to: number }));
}

/** Shown by the chat itself, before and without the front desk. @param {Context} context */
export function emergencyRow(context) {
  const { fill, words, clinic } = context;
  return make(
    "div",
    { class: "row", "data-local": "" },
    make("div", { class: "bubble system urgent", role: "alert" }, make("p", { class: "flag" }, words.urgent), make("p", {}, fill(words.emergencyNow)), callNow(clinic.emergency_number, context)),
  );
}

/** What was typed and is on its way. @param {Outgoing} outgoing @param {Context} context @param {boolean} next */
export function typedRow(outgoing, { words, language }, next) {
  const delivery = make("span", { class: "delivery" }, words.sending);
  return make(
    "div",
    { class: `row visitor${next ? " next" : ""}` },
    make(
      "div",
      { class: "bubble visitor", "data-id": outgoing.id },
      make("p", { class: "who" }, words.you, " · ", delivery),
      make("div", { class: "text", dir: "auto", lang: language }, make("p", {}, outgoing.text)),
    ),
  );
}

/** It has come back with its number and its time. @param {HTMLElement} typed @param {Message} message @param {string} locale */
export function settle(typed, message, locale) {
  const bubble = /** @type {HTMLElement} */ (typed.querySelector(".bubble"));
  bubble.dataset.seq = String(message.seq);
  bubble.querySelector(".delivery")?.before(clock(message.at, locale), " · ");
}

/** What stands under an answer: its sources, and two thumbs. @param {Message} message @param {Context} context */
export function footer(message, context) {
  return make("div", { class: "footer" }, message.answer.medical && make("p", { class: "medical" }, context.words.medical), message.answer.sources?.length && sources(message.answer, context), thumbs(message, context));
}

/** @typedef {{title: string, address: string | null, read: string}} Source */

/** Its title, as a link where a page opens. @param {Source} one @param {Context["words"]} words */
function source({ title, address, read }, words) {
  const part = { abstract: words.readAbstract, summary: words.readSummary }[read];
  const shown = part ? `${title} (${part})` : title;
  return address ? make("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, shown) : shown;
}

/** @param {any} answer @param {Context} context */
function sources(answer, { fill, words }) {
  return make(
    "details",
    { class: "sources" },
    make("summary", {}, `${words.sources} · ${answer.sources.length}`),
    make("ul", { lang: SPOKEN, dir: "ltr" }, ...answer.sources.map((/** @type {Source} */ one) => make("li", {}, source(one, words)))),
    make("p", {}, answer.clinical_review === "pending" ? fill(words.reviewed, { date: answer.reviewed, review: words.pending }) : fill(words.signed, { name: answer.clinical_review })),
  );
}

const UP = "M7 11v9H4v-9zM7 11l4-8a2 2 0 0 1 2 2v4h5a2 2 0 0 1 2 2.3l-1.2 6A2 2 0 0 1 16.8 20H7";

/** @param {Message} message @param {Context} context */
function thumbs(message, { client, fill, words, say, otherWords }) {
  const box = make("div", { class: "helpful", role: "group", "aria-label": words.helpful, tabindex: "-1" });
  const lead = () => [
    make("button", { type: "button", class: "chip", onclick: () => say(PERSON) }, words.person),
    make("button", { type: "button", class: "chip", onclick: otherWords }, words.otherWords),
  ];
  /** @param {boolean} yes */
  const thanks = (yes) => box.replaceChildren(make("span", {}, yes ? words.thanks : words.sorry), ...(yes ? [] : lead()));
  /** @param {boolean} yes */
  const send = async (yes) => {
    const focused = box.matches(":focus-within");
    await client.vote(message.seq, yes).then(() => thanks(yes), () => box.replaceChildren(fill(words.failed)));
    if (focused) box.focus();
  };
  const before = client.drawer.read().votes?.[message.seq];
  if (before !== undefined) thanks(before);
  else
    box.append(
      ...[true, false].map((yes) =>
        make("button", { type: "button", class: yes ? "thumb" : "thumb down", "aria-label": yes ? words.helpedYes : words.helpedNo, title: yes ? words.helpedYes : words.helpedNo, onclick: () => send(yes) }, icon(UP)),
      ),
    );
  return box;
}

/** The buttons of a message, in one row that scrolls. @param {Message} message @param {Context} context */
export function choices(message, { say, words }) {
  if (!message.buttons.length) return null;
  const quiet = message.answer ? " quiet" : "";
  return make(
    "div",
    { class: `choices${quiet}`, role: "group", "aria-label": words.choices, lang: message.language ?? SPOKEN },
    ...message.buttons.map(({ id, title }) =>
      make("button", { type: "button", class: "choice chip", dir: "auto", onclick: () => say(title, { seq: message.seq, id }) }, title),
    ),
  );
}
