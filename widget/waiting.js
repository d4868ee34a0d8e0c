// The card of whoever waits for a person: how long, and the ways out; "Tell me by e-mail" for whoever cannot stay.
// Fetched only while somebody waits, with the words of that e-mail in every language, as nobody else needs them.
// @ts-check
import { show } from "./asks.js";
import { make } from "./dom.js";

/** @typedef {import("./panel.js").Panel} Panel */
/** @typedef {typeof WORDS.en} MailWords */
const WORDS = {
  en: {
    offer: "Tell me by e-mail",
    note: "When a person has answered and you are gone, we send you one e-mail. It says only that the clinic has answered, with a link to this page. We keep your address with this chat, for 30 days at most. You can end it here or in the e-mail.",
    address: "Your e-mail address",
    check: "Please write an e-mail address, such as name@example.com.",
    send: "Tell me",
    told: "If you leave, we write to {address} when a person has answered.",
    end: "Do not write to me",
  },
  es: {
    offer: "Avísame por correo",
    note: "Cuando una persona haya contestado y ya no estés, te enviamos un correo. Solo dice que la clínica ha contestado, con un enlace a esta página. Guardamos tu dirección con este chat, 30 días como mucho. Puedes terminarlo aquí o en el correo.",
    address: "Tu correo electrónico",
    check: "Escribe un correo electrónico, como nombre@ejemplo.com.",
    send: "Avisarme",
    told: "Si te vas, escribimos a {address} cuando una persona haya contestado.",
    end: "No me escribáis",
  },
  pt: {
    offer: "Avisem-me por e-mail",
    note: "Quando uma pessoa responder e já cá não estiver, enviamos-lhe um e-mail. Diz apenas que a clínica respondeu, com uma ligação para esta página. Guardamos o seu endereço com este chat, 30 dias no máximo. Pode terminar aqui ou no e-mail.",
    address: "O seu e-mail",
    check: "Escreva um e-mail, como nome@exemplo.com.",
    send: "Avisar-me",
    told: "Se sair, escrevemos para {address} quando uma pessoa responder.",
    end: "Não me escrevam",
  },
  fr: {
    offer: "Me prévenir par e-mail",
    note: "Quand une personne a répondu et que vous êtes parti, nous envoyons un e-mail. Il dit seulement que la clinique a répondu, avec un lien vers cette page. Votre adresse reste avec ce chat, 30 jours au plus. Vous pouvez arrêter ici ou dans l’e-mail.",
    address: "Votre adresse e-mail",
    check: "Écrivez une adresse e-mail, par exemple nom@exemple.com.",
    send: "Me prévenir",
    told: "Si vous partez, nous écrivons à {address} quand une personne a répondu.",
    end: "Ne pas m’écrire",
  },
  de: {
    offer: "Per E-Mail Bescheid geben",
    note: "Wenn jemand geantwortet hat und Sie nicht mehr da sind, schicken wir eine E-Mail. Darin steht nur, dass die Klinik geantwortet hat, mit einem Link zu dieser Seite. Ihre Adresse bleibt bei diesem Chat, höchstens 30 Tage. Beenden können Sie es hier oder in der E-Mail.",
    address: "Ihre E-Mail-Adresse",
    check: "Bitte schreiben Sie eine E-Mail-Adresse, etwa name@beispiel.de.",
    send: "Bescheid geben",
    told: "Wenn Sie gehen, schreiben wir an {address}, sobald jemand geantwortet hat.",
    end: "Nicht schreiben",
  },
  pl: {
    offer: "Powiadom mnie e-mailem",
    note: "Gdy ktoś odpowie, a Ciebie już nie będzie, wyślemy jeden e-mail. Napiszemy w nim tylko, że klinika odpowiedziała, z linkiem do tej strony. Adres trzymamy przy tym czacie, najwyżej 30 dni. Możesz to zakończyć tutaj lub w e-mailu.",
    address: "Twój adres e-mail",
    check: "Podaj adres e-mail, na przykład imie@przyklad.pl.",
    send: "Powiadom mnie",
    told: "Jeśli wyjdziesz, napiszemy na {address}, gdy ktoś odpowie.",
    end: "Nie pisz do mnie",
  },
  ar: {
    offer: "أخبروني بالبريد الإلكتروني",
    note: "عندما يجيب شخص وتكون قد غادرت، نرسل رسالة واحدة. تقول فقط إن العيادة أجابت، مع رابط إلى هذه الصفحة. نحفظ عنوانك مع هذه المحادثة 30 يومًا على الأكثر. يمكنك إنهاء ذلك هنا أو في الرسالة.",
    address: "بريدك الإلكتروني",
    check: "اكتب بريدًا إلكترونيًا مثل name@example.com.",
    send: "أخبروني",
    told: "إذا غادرت نكتب إلى {address} عندما يجيب شخص.",
    end: "لا تكتبوا لي",
  },
};

/** @param {Panel} panel @param {MailWords} words */
function form(panel, words) {
  const problem = make("p", { class: "problem", id: "mail-problem", role: "alert", hidden: true });
  const input = /** @type {HTMLInputElement} */ (
    make("input", { id: "mail", type: "email", autocomplete: "email", maxlength: "200", required: true, "aria-describedby": "mail-problem" })
  );
  const complain = (/** @type {string} */ why) => {
    problem.textContent = why;
    problem.hidden = false;
    input.setAttribute("aria-invalid", "true");
    input.focus();
  };
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!input.value.trim() || !input.checkValidity()) return complain(words.check);
    try {
      await panel.client.call("POST", "/api/answer-mail", { email: input.value, page: location.href });
      panel.endAsk();
      panel.client.line.poll();
    } catch (error) {
      complain(/** @type {any} */ (error).status === 422 ? words.check : panel.fill(panel.words.failed));
    }
  };
  return make(
    "form",
    { class: "ask", "aria-label": words.offer, novalidate: true, onsubmit: send },
    make("h3", {}, words.offer),
    make("p", {}, words.note),
    make("label", { for: "mail" }, words.address),
    input,
    problem,
    make("button", { class: "primary" }, words.send),
    make("button", { type: "button", onclick: () => panel.endAsk() }, panel.words.cancel),
  );
}

/** A button of the card. @param {string} title @param {() => any} act */
const chip = (title, act) => make("button", { type: "button", class: "chip", onclick: act }, title);

/** The way to ask to be told, or where we write to. @param {Panel} panel @param {string|null|undefined} address */
function offer(panel, address) {
  const words = WORDS[/** @type {keyof typeof WORDS} */ (panel.speech.language)] ?? WORDS.en;
  if (!address) return [chip(words.offer, () => show(panel, form(panel, words)))];
  const end = () => panel.client.call("DELETE", "/api/answer-mail").then(() => panel.client.line.poll(), () => failed(panel));
  return [make("p", {}, panel.fill(words.told, { address })), chip(words.end, end)];
}

/** @param {Panel} panel */
const failed = (panel) => panel.showStatus(panel.fill(panel.words.failed));

/** How long one waits, and the ways out. @param {Panel} panel @param {import("./client.js").State} state */
export function card(panel, { place, staffed, mail }) {
  const { words: w, clinic } = panel;
  const soon = [place && panel.fill(w.place, { place }), clinic.usual_wait && panel.fill(w.usualWait)].filter(Boolean).join(" · ");
  const line = staffed === false ? panel.speech.nobody : soon;
  panel.wait.replaceChildren(
    make("p", { role: "status" }, line || w.waitingPerson),
    chip(w.leaveNumber, () => panel.askFor("call")),
    chip(w.stopWaiting, () => panel.client.call("DELETE", "/api/waiting").catch(() => failed(panel))),
    ...(clinic.mails ? offer(panel, mail) : []),
  );
}
