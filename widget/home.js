// The first screen: who this is, what is kept, and ways in. Nothing is stored before the first of them is taken.
// @ts-check
import { PERSON } from "./bubbles.js";
import { icon, make } from "./dom.js";

/** What a way in says; the assistant speaks English. */
const SAID = {
  check: "Could it suit me?",
  prices: "How much does it cost?",
  hurt: "Does it hurt?",
  book: "How do I book?",
  person: PERSON,
};
const PICTURES = {
  check: "M9 12l2.5 2.5L16 9.5M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z",
  prices: "M4 12V5a1 1 0 0 1 1-1h7l8 8-8 8zM8.5 8.5h.01",
  hurt: "M12 20s-7-4.4-7-9.5A4 4 0 0 1 12 8a4 4 0 0 1 7 2.5c0 5.1-7 9.5-7 9.5z",
  book: "M5 6h14v14H5zM5 10h14M9 3v4M15 3v4",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21c0-4 3.5-6 8-6s8 2 8 6",
};

/**
 * @param {import("./bubbles.js").Context} context @param {{greeting: string, team: string}} options
 * @param {(text: string) => void} act @param {HTMLElement} status @param {HTMLElement} languages
 */
export function home(context, { greeting, team }, act, status, languages) {
  const { words, fill, clinic, language } = context;
  const person = clinic.staffed ? fill(words.personSoon) : context.nobody;
  /** @type {[keyof typeof SAID, string, string][]} */
  const ways = [
    ["check", words.wayCheck, words.wayCheckNote],
    ["prices", words.wayPrices, ""],
    ["hurt", words.wayHurt, ""],
    ["book", words.wayBook, ""],
    ["person", words.person, person],
  ];
  const people = team && make("div", { class: "team" });
  if (people) import("./team.js").then(({ show }) => show(people, team));
  const more = make(
    "div",
    { class: "more", id: "more", hidden: true },
    make("p", {}, words.notice),
    !clinic.languages?.includes(language) && words.answersIn && make("p", {}, words.answersIn),
    make("p", {}, fill(words.noticeData)),
    make("p", {}, make("a", { href: clinic.privacy_url, target: "_blank", rel: "noopener noreferrer" }, words.privacy)),
  );
  const unfold = make("button", { type: "button", class: "link", "aria-expanded": "false", "aria-controls": "more", onclick: () => {
    more.hidden = !more.hidden;
    unfold.setAttribute("aria-expanded", String(!more.hidden));
  } }, words.more);
  return make(
    "div",
    { class: "home" },
    people,
    make("h3", { class: "greeting" }, greeting || words.hello),
    make("div", { class: "legal" }, make("p", {}, fill(words.noticeShort), " ", unfold), more),
    make(
      "div",
      { class: "ways", role: "group", "aria-label": words.waysIn },
      ...ways.map(([name, title, note]) =>
        make(
          "button",
          { type: "button", class: `way ${name}`, onclick: () => act(SAID[name]) },
          icon(PICTURES[name]),
          make("span", {}, title, note && make("small", {}, note)),
        ),
      ),
    ),
    (clinic.questions?.length ?? 0) > 0 &&
      make("div", { class: "asked-often", role: "group", "aria-label": words.askedOften, lang: "en" }, ...(clinic.questions ?? []).map((one) => make("button", { type: "button", class: "chip", dir: "auto", onclick: () => act(one) }, one))),
    make("p", { class: "emergency" }, fill(words.emergency)),
    status,
    languages,
  );
}
