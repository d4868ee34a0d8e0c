// Words that may mean an emergency, in the languages of the chat. The assistant decides; this only makes
// sure that the number to call is on the screen at once, also when nothing can be reached.
// Folded letters (no accents, small). One line a language: breath and throat, heart and head, harm to oneself, poison.
// @ts-check

const SIGNS = [
  String.raw`(can'?t|cant|cannot|can not|hard to|trouble|struggling to|difficulty|unable to|stopped) (breath|swallow)|not breathing|short(ness)? of breath|chok(e|ing)|throat (is |feels )?(clos|swell|tight)|(tongue|lips?|face|throat) (is |are |has |have )?(swell|swollen|swelling)|swollen (tongue|lips?|face|throat)|anaphyla|chest (pain|hurts|is tight)|heart attack|having a stroke|face (is )?droop|unconscious|passed out|fainted|collaps|seizure|fitting|won'?t stop bleeding|bleeding (heavily|won)|can'?t see|gone blind|lost (my )?(sight|vision)|(kill|hurt|harm|end) (myself|my life|it all)|suicid|want to die|overdos|swallowed (bleach|pills)`,
  String.raw`no puedo respirar|me cuesta respirar|(me ahogo|asfixi)|(lengua|labios?|cara|garganta) (se |me )?(esta |estan )?hinch|hinchad[ao]s? (la |los )?(lengua|labio|cara|garganta)|dolor (de|en el) pecho|infarto|inconsciente|desmay|convulsi|no para de sangrar|no veo nada|matarme|suicid|quiero morir|sobredosis`,
  String.raw`nao consigo respirar|falta de ar|sufoc|(lingua|labios?|rosto|cara|garganta) (esta |estao )?inch|dor no peito|enfarte|infarto|inconsciente|desmai|convuls|nao para de sangrar|nao consigo ver|me matar|matar-me|suicid|quero morrer|overdose`,
  String.raw`(peux|arrive) (pas|plus|pas a|plus a) ?(a )?respirer|du mal a respirer|j'?etouffe|(langue|levres?|visage|gorge) (qui )?(est |sont )?(gonfl|enfl)|gonflement (de la|du|des) (langue|visage|gorge|levres)|douleur (a|dans) la poitrine|crise cardiaque|infarctus|inconscient|evanoui|convulsion|saigne (beaucoup|sans)|ne vois plus|me tuer|suicid|veux mourir|overdose|surdose`,
  String.raw`(bekomme|krieg|kriege) (kaum|keine) luft|nicht atmen|atemnot|erstick|(zunge|lippen?|gesicht|hals|rachen) (ist |sind |wird )?(ge)?schw(o|i)ll|geschwollene?s? (zunge|lippe|gesicht|hals)|brustschmerz|herzinfarkt|schlaganfall|bewusstlos|ohnmacht|krampfanfall|hort nicht auf zu bluten|sehe nichts mehr|umbringen|suizid|selbstmord|will sterben|uberdosis`,
  String.raw`nie moge oddychac|trudno (mi )?oddychac|dusze sie|dusi mnie|(jezyk|usta|wargi|twarz|gardlo) (mi )?(puchn|spuch)|spuchniet[aey] (jezyk|usta|twarz|gardlo)|bol w klatce|zawal|nieprzytomn|zemdla|drgawk|krwawi i nie|nic nie widze|zabic sie|samoboj|chce umrzec|przedawkow`,
  String.raw`لا (استطيع|اقدر|يمكنني) (ان )?(اتنفس|التنفس)|ضيق (في )?(ال)?تنفس|اختن|تورم (في )?(ال)?(وجه|لسان|شفاه|شفتين|حلق)|(وجهي|لساني|شفتي|حلقي) (متورم|منتفخ|يتورم)|الم (في )?(ال)?صدر|نوبه قلبيه|فقد(ت)? (ال)?وعي|اغم[يى]|تشنج|نزيف|لا ار[يى]|اقتل نفسي|انتحار|اريد ان اموت|جرعه زائده`,
];
const SIGN = new RegExp(SIGNS.join("|"));

/** May these words mean an emergency? @param {string} text */
export function mayBeEmergency(text) {
  const folded = text
    .toLowerCase()
    .normalize("NFD")
    .replace(/[\u0300-\u036f\u064b-\u0655]/g, "")
    .replace(/[’‘`´]/g, "'")
    .replace(/ł/g, "l")
    .replace(/ø/g, "o")
    .replace(/ة/g, "ه")
    .replace(/[^\p{L}\p{N}']+/gu, " ");
  return SIGN.test(folded);
}
