// The card of whoever waits for a person: how long, and the ways out; for whoever cannot stay "Tell me by e-mail"
// and "Tell me on this device", and how to end them. Fetched only then, with these words in every language, as
// nobody else needs them.
// @ts-check
import { show } from "./asks.js";
import { make } from "./dom.js";

/** @typedef {import("./panel.js").Panel} Panel */
/** @typedef {typeof WORDS.en} Words */
const WORDS = {
  en: {
    place: "You are number {place} in line",
    usualWait: "usually {wait}",
    leaveNumber: "Leave my number instead",
    stopWaiting: "Do not wait",
    offer: "Tell me by e-mail",
    note: "When a person has answered and you are gone, we send you one e-mail. It says only that the clinic has answered, with a link to this page. We keep your address with this chat, for 30 days at most. You can end it here or in the e-mail.",
    address: "Your e-mail address",
    check: "Please write an e-mail address, such as name@example.com.",
    send: "Tell me",
    told: "If you leave, we write to {address} when a person has answered.",
    end: "Do not write to me",
    device: "Tell me on this device",
    deviceTold: "If you leave, your device tells you when a person has answered.",
    deviceEnd: "Do not tell me there",
    blocked: "Your browser did not open the window that asks. Please allow it for this page and try again.",
  },
  es: {
    place: "Eres el número {place} en la fila",
    usualWait: "normalmente {wait}",
    leaveNumber: "Prefiero dejar mi número",
    stopWaiting: "No esperar",
    offer: "Avísame por correo",
    note: "Cuando una persona haya contestado y ya no estés, te enviamos un correo. Solo dice que la clínica ha contestado, con un enlace a esta página. Guardamos tu dirección con este chat, 30 días como mucho. Puedes terminarlo aquí o en el correo.",
    address: "Tu correo electrónico",
    check: "Escribe un correo electrónico, como nombre@ejemplo.com.",
    send: "Avisarme",
    told: "Si te vas, escribimos a {address} cuando una persona haya contestado.",
    end: "No me escribáis",
    device: "Avísame en este dispositivo",
    deviceTold: "Si te vas, tu dispositivo te avisa cuando una persona haya contestado.",
    deviceEnd: "No me aviséis ahí",
    blocked: "El navegador no abrió la ventana que pregunta. Permítelo en esta página e inténtalo otra vez.",
  },
  pt: {
    place: "É o número {place} na fila",
    usualWait: "costuma demorar {wait}",
    leaveNumber: "Prefiro deixar o meu número",
    stopWaiting: "Não esperar",
    offer: "Avisem-me por e-mail",
    note: "Quando uma pessoa responder e já cá não estiver, enviamos-lhe um e-mail. Diz apenas que a clínica respondeu, com uma ligação para esta página. Guardamos o seu endereço com este chat, 30 dias no máximo. Pode terminar aqui ou no e-mail.",
    address: "O seu e-mail",
    check: "Escreva um e-mail, como nome@exemplo.com.",
    send: "Avisar-me",
    told: "Se sair, escrevemos para {address} quando uma pessoa responder.",
    end: "Não me escrevam",
    device: "Avisem-me neste dispositivo",
    deviceTold: "Se sair, o seu dispositivo avisa quando uma pessoa responder.",
    deviceEnd: "Não me avisem aí",
    blocked: "O navegador não abriu a janela que pergunta. Permita-o nesta página e tente outra vez.",
  },
  fr: {
    place: "Vous êtes numéro {place} dans la file",
    usualWait: "en général {wait}",
    leaveNumber: "Laisser plutôt mon numéro",
    stopWaiting: "Ne pas attendre",
    offer: "Me prévenir par e-mail",
    note: "Quand une personne a répondu et que vous êtes parti, nous envoyons un e-mail. Il dit seulement que la clinique a répondu, avec un lien vers cette page. Votre adresse reste avec ce chat, 30 jours au plus. Vous pouvez arrêter ici ou dans l’e-mail.",
    address: "Votre adresse e-mail",
    check: "Écrivez une adresse e-mail, par exemple nom@exemple.com.",
    send: "Me prévenir",
    told: "Si vous partez, nous écrivons à {address} quand une personne a répondu.",
    end: "Ne pas m’écrire",
    device: "Me prévenir sur cet appareil",
    deviceTold: "Si vous partez, votre appareil vous prévient quand une personne a répondu.",
    deviceEnd: "Ne pas me prévenir là",
    blocked: "Le navigateur n’a pas ouvert la fenêtre qui demande. Autorisez-la pour cette page et réessayez.",
  },
  de: {
    place: "Sie sind Nummer {place} in der Reihe",
    usualWait: "meist {wait}",
    leaveNumber: "Lieber meine Nummer hinterlassen",
    stopWaiting: "Nicht warten",
    offer: "Per E-Mail Bescheid geben",
    note: "Wenn jemand geantwortet hat und Sie nicht mehr da sind, schicken wir eine E-Mail. Darin steht nur, dass die Klinik geantwortet hat, mit einem Link zu dieser Seite. Ihre Adresse bleibt bei diesem Chat, höchstens 30 Tage. Beenden können Sie es hier oder in der E-Mail.",
    address: "Ihre E-Mail-Adresse",
    check: "Bitte schreiben Sie eine E-Mail-Adresse, etwa name@beispiel.de.",
    send: "Bescheid geben",
    told: "Wenn Sie gehen, schreiben wir an {address}, sobald jemand geantwortet hat.",
    end: "Nicht schreiben",
    device: "Auf diesem Gerät Bescheid geben",
    deviceTold: "Wenn Sie gehen, meldet es Ihr Gerät, sobald jemand geantwortet hat.",
    deviceEnd: "Dort nicht Bescheid geben",
    blocked: "Ihr Browser hat das Fenster, das fragt, nicht geöffnet. Bitte erlauben Sie es für diese Seite und versuchen Sie es noch einmal.",
  },
  pl: {
    place: "Numer w kolejce: {place}",
    usualWait: "zwykle {wait}",
    leaveNumber: "Zostawię numer telefonu",
    stopWaiting: "Nie czekaj",
    offer: "Powiadom mnie e-mailem",
    note: "Gdy ktoś odpowie, a Ciebie już nie będzie, wyślemy jeden e-mail. Napiszemy w nim tylko, że klinika odpowiedziała, z linkiem do tej strony. Adres trzymamy przy tym czacie, najwyżej 30 dni. Możesz to zakończyć tutaj lub w e-mailu.",
    address: "Twój adres e-mail",
    check: "Podaj adres e-mail, na przykład imie@przyklad.pl.",
    send: "Powiadom mnie",
    told: "Jeśli wyjdziesz, napiszemy na {address}, gdy ktoś odpowie.",
    end: "Nie pisz do mnie",
    device: "Powiadom mnie na tym urządzeniu",
    deviceTold: "Jeśli wyjdziesz, Twoje urządzenie da znać, gdy ktoś odpowie.",
    deviceEnd: "Nie powiadamiaj mnie tam",
    blocked: "Przeglądarka nie otworzyła okna z pytaniem. Zezwól na nie na tej stronie i spróbuj jeszcze raz.",
  },
  ar: {
    place: "رقمك في الصف {place}",
    usualWait: "عادة {wait}",
    leaveNumber: "أفضل ترك رقمي",
    stopWaiting: "لا أريد الانتظار",
    offer: "أخبروني بالبريد الإلكتروني",
    note: "عندما يجيب شخص وتكون قد غادرت، نرسل رسالة واحدة. تقول فقط إن العيادة أجابت، مع رابط إلى هذه الصفحة. نحفظ عنوانك مع هذه المحادثة 30 يومًا على الأكثر. يمكنك إنهاء ذلك هنا أو في الرسالة.",
    address: "بريدك الإلكتروني",
    check: "اكتب بريدًا إلكترونيًا مثل name@example.com.",
    send: "أخبروني",
    told: "إذا غادرت نكتب إلى {address} عندما يجيب شخص.",
    end: "لا تكتبوا لي",
    device: "أخبروني على هذا الجهاز",
    deviceTold: "إذا غادرت يخبرك جهازك عندما يجيب شخص.",
    deviceEnd: "لا تخبروني هناك",
    blocked: "لم يفتح المتصفح نافذة السؤال. اسمح بها لهذه الصفحة وحاول مرة أخرى.",
  },
};

/** @param {Panel} panel @param {Words} words */
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

/** Of the window in which the browser is asked. */
let asked = new AbortController();

/**
 * Have the browser asked, and tell the front desk what it gave. No website but the front desk's own can ask for
 * that, so it opens a window, and hears from it.
 * @param {Panel} panel @param {Words} words
 */
function askBrowser(panel, words) {
  const { base } = panel.client;
  const place = new URLSearchParams({ language: panel.speech.language, origin: location.origin });
  asked.abort();
  asked = new AbortController();
  const opened = open(`${base}/answer-push/?${place}`, "clinic-answer-push", "popup,width=440,height=560");
  if (!opened) return panel.showStatus(words.blocked);
  const hear = async (/** @type {MessageEvent} */ { source, origin, data }) => {
    if (source !== opened || origin !== base) return;
    const told = panel.client.call("POST", "/api/answer-push", { ...data, page: location.href });
    const kept = await told.then(() => true, () => false);
    opened.postMessage({ kept }, base);
    if (kept) panel.client.line.poll();
  };
  addEventListener("message", hear, { signal: asked.signal });
}

/** @param {Panel} panel */
const failed = (panel) => panel.showStatus(panel.fill(panel.words.failed));

/** The ways to be told after one has left: to ask for each, or what was asked and its end. @param {Panel} panel @param {Words} words @param {import("./client.js").State} state */
function offers(panel, words, { owner, mail, push }) {
  const { clinic, client } = panel;
  const told = (/** @type {string} */ line, /** @type {string} */ title, /** @type {string} */ path) => [
    make("p", {}, line),
    chip(title, () => client.call("DELETE", path).then(() => client.line.poll(), () => failed(panel))),
  ];
  const waits = owner === "waiting";
  const canPush = clinic.pushes && "PushManager" in window && "Notification" in window;
  return [
    ...(mail ? told(panel.fill(words.told, { address: mail }), words.end, "/api/answer-mail") : []),
    ...(push ? told(words.deviceTold, words.deviceEnd, "/api/answer-push") : []),
    waits && !mail && clinic.mails && chip(words.offer, () => show(panel, form(panel, words))),
    waits && !push && canPush && chip(words.device, () => askBrowser(panel, words)),
  ];
}

/** How long one waits, and the ways out; with a person, only what was asked. @param {Panel} panel @param {import("./client.js").State} state */
export function card(panel, state) {
  const words = WORDS[/** @type {keyof typeof WORDS} */ (panel.speech.language)];
  const { owner, place, staffed } = state;
  const soon = [place && panel.fill(words.place, { place }), panel.clinic.usual_wait && panel.fill(words.usualWait)].filter(Boolean).join(" · ");
  const line = staffed === false ? panel.speech.nobody : soon;
  const waiting = owner === "waiting" && [
    make("p", { role: "status" }, line || panel.words.waitingPerson),
    chip(words.leaveNumber, () => panel.askFor("call")),
    chip(words.stopWaiting, () => panel.client.call("DELETE", "/api/waiting").catch(() => failed(panel))),
  ];
  panel.wait.replaceChildren(...[...(waiting || []), ...offers(panel, words, state)].filter((one) => one instanceof Node));
}
