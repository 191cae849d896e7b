"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const parsed = (id) => JSON.parse(byId(id).textContent);
  const head = parsed("head");
  const details = byId("details").textContent.split("\n");
  const [PROTOCOL, PATIENT, VERDICT, BASIS, SCORE, RANK, TRUTHS, SIDES, WHY] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  const rows = parsed("index").map((row, at) => ({ row, at }));
  const signed = new Map();
  const CHUNK = 100;
  const NAMES = { f: ["✓", "for", "favourable"], a: ["✗", "against", "against the patient"], o: ["?", "open", "open"] };
  let shown = [];
  let drawn = 0;
  let unsaved = false;

  // Control characters and marks that turn the direction of reading are shown by their number: text cannot disguise itself.
  const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/g;
  const say = (parent, text) => {
    let last = 0;
    for (const found of String(text).replace(/\r\n/g, "\n").matchAll(HIDDEN)) {
      const source = found.input;
      parent.append(source.slice(last, found.index));
      const code = document.createElement("span");
      code.className = "control";
      code.textContent = "U+" + found[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
      parent.append(code);
      last = found.index + found[0].length;
    }
    parent.append(String(text).replace(/\r\n/g, "\n").slice(last));
    return parent;
  };
  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    for (const child of children) typeof child === "object" ? element.append(child) : say(element, child);
    return element;
  };
  const drawing = (tag, attributes, text) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const protocol = () => head.protocols[Number(byId("protocol").value)];
  const key = (row, id) => JSON.stringify([head.protocols[row[PROTOCOL]].id, row[PATIENT], id]);
  const short = (text, length) => (text.length > length ? text.slice(0, length - 1) + "…" : text);

  // ---------------------------------------------------------------- overview
  const overview = () => {
    const own = protocol();
    const total = rows.filter(({ row }) => row[PROTOCOL] === Number(byId("protocol").value)).length;
    const lines = own.funnel;
    const height = 24 * (lines.length + 1) + 8;
    const chart = drawing("svg", { viewBox: `0 0 900 ${height}`, role: "img", "aria-labelledby": "chart-title" });
    chart.append(drawing("title", { id: "chart-title" }, `Patients left after each criterion, of ${total}; the table below has the numbers`));
    const scale = total ? 430 / total : 0;
    const bar = (at, label, left, gone) => {
      const y = 24 * at + 4;
      chart.append(drawing("text", { x: 0, y: y + 14 }, label));
      chart.append(drawing("rect", { class: "left", x: 300, y, width: Math.max(0, left * scale), height: 18 }));
      if (gone) chart.append(drawing("rect", { class: "gone", x: 300 + left * scale, y, width: gone * scale, height: 18 }));
      chart.append(drawing("text", { x: 306 + (left + gone) * scale, y: y + 14 }, gone ? `${left} left, ${gone} lost here` : `${left} left`));
    };
    bar(0, "screened", total, 0);
    lines.forEach((loss, at) => bar(at + 1, `${loss.criterion} ${short(loss.text.replace(/\s+/g, " "), 34)}`, loss.remaining, loss.first));
    byId("chart").replaceChildren(chart);

    const cell = (value) => make("td", { class: "number" }, value);
    const filterBy = (id, state, count) => {
      if (!count) return cell(0);
      const button = make("button", { type: "button", class: "link", "aria-label": `${count}: show these patients (${id})` }, count);
      button.addEventListener("click", () => {
        byId("criterion").value = id;
        byId("state").value = state;
        filter();
        byId("candidates").focus();
      });
      return make("td", { class: "number" }, button);
    };
    const headings = (...names) => make("thead", {}, make("tr", {}, ...names.map((name, at) => make("th", at ? { scope: "col", class: "number" } : { scope: "col" }, name))));
    byId("funnel").replaceChildren(
      headings("Criterion", "fail it", "lost here", "fail only it", "open", "left"),
      make("tbody", {}, ...lines.map((loss) => make("tr", {},
        make("td", { class: "words" }, `${loss.criterion} ${loss.text.replace(/\s+/g, " ")}`),
        filterBy(loss.criterion, "a", loss.fails), cell(loss.first), cell(loss.alone),
        filterBy(loss.criterion, "o", loss.open), cell(loss.remaining)))));
    byId("tasks").replaceChildren(
      headings("To settle", "criteria", "patients waiting", "settled by it alone"),
      make("tbody", {}, ...own.tasks.map((task) => make("tr", {}, make("td", { class: "words" }, task.needs),
        cell(task.criteria.join(" ")), cell(task.patients), cell(task.settles)))));
    if (!own.tasks.length) byId("tasks").replaceChildren(make("tbody", {}, make("tr", {}, make("td", {}, "Nothing is open."))));
    byId("criterion").replaceChildren(make("option", { value: "" }, "any"),
      ...own.criteria.map((c) => make("option", { value: c.id }, `${c.id} ${short(c.text.replace(/\s+/g, " "), 60)}`)));
  };

  // ---------------------------------------------------------------- list
  const begun = (row) => protocol().criteria.some((c) => signed.has(key(row, c.id)));
  const filter = () => {
    const number = Number(byId("protocol").value);
    const verdicts = new Set([...document.querySelectorAll("[name=verdict]:checked")].map((box) => box.value));
    const place = protocol().criteria.findIndex((c) => c.id === byId("criterion").value);
    const state = byId("state").value;
    const words = byId("patient").value.trim().toLowerCase();
    const sign = byId("signed").value;
    shown = rows.filter(({ row }) => {
      if (row[PROTOCOL] !== number || !verdicts.has(row[VERDICT])) return false;
      if (words && !row[PATIENT].toLowerCase().includes(words)) return false;
      if (state) {
        const codes = "fao".includes(state) ? row[SIDES] : row[TRUTHS];
        if (place < 0 ? !codes.includes(state) : codes[place] !== state) return false;
      }
      return !sign || begun(row) === (sign === "yes");
    });
    drawn = 0;
    byId("rows").replaceChildren();
    more();
    const total = rows.filter(({ row }) => row[PROTOCOL] === number).length;
    byId("status").textContent = `${shown.length} of ${total} patients shown` + (signed.size ? `; ${signed.size} criteria signed` : "");
  };
  const more = (count = CHUNK) => {
    const part = document.createDocumentFragment();
    for (const entry of shown.slice(drawn, drawn + count)) part.append(line(entry));
    drawn = Math.min(shown.length, drawn + count);
    byId("rows").append(part);
    byId("more").hidden = drawn >= shown.length;
  };
  const line = ({ row, at }) => {
    const button = make("button", { type: "button", class: "toggle", "aria-expanded": "false" }, make("bdi", {}, row[PATIENT]));
    const counted = (side) => [...row[SIDES]].filter((s) => s === side).length;
    const verdict = make("td", { class: `verdict ${row[VERDICT]}` }, row[VERDICT]);
    if (row[BASIS] === "assumed") verdict.append(" ", make("span", { class: "assumed" }, "assumed"));
    const entry = make("tr", { "data-at": at }, make("td", { class: "number" }, row[RANK]), make("td", {}, button), verdict,
      make("td", { class: "number" }, row[SCORE].toFixed(3)),
      make("td", { class: "number" }, `${counted("f")} ${counted("a")} ${counted("o")}`), make("td", { class: "words" }, row[WHY]));
    button.addEventListener("click", () => toggle(entry, button.getAttribute("aria-expanded") !== "true"));
    return entry;
  };
  const toggle = (entry, open) => {
    const button = entry.querySelector("button.toggle");
    if ((button.getAttribute("aria-expanded") === "true") === open) return;
    button.setAttribute("aria-expanded", String(open));
    if (open) {
      const cell = make("td", { colspan: 6 });
      patient(cell, Number(entry.dataset.at));
      entry.after(make("tr", { class: "detail" }, cell));
    } else entry.nextElementSibling.remove();
  };

  // ---------------------------------------------------------------- one patient
  const patient = (cell, at) => {
    const row = rows[at].row;
    const data = JSON.parse(details[at]);
    const own = head.protocols[row[PROTOCOL]];
    cell.append(make("p", { class: "muted" }, data.as_of ? `Screened as of ${data.as_of}` : "The notes have no date"));
    for (const problem of data.problems) cell.append(make("p", { class: "problem" }, `! ${problem}`));
    data.criteria.forEach((verdict, number) => cell.append(criterion(row, own.criteria[number], verdict, row[SIDES][number])));
  };
  const criterion = (row, about, verdict, side) => {
    const [sign, name, means] = NAMES[side];
    const left = make("div", {}, make("h3", {}, make("span", { class: name, "aria-label": means }, sign), ` ${about.id} ${about.kind}`),
      make("p", { class: "said words" }, about.text));
    const list = make("dl");
    const item = (term, value, attributes = {}) => value && list.append(make("dt", {}, term), make("dd", { class: "words", ...attributes }, value));
    item("Read as", about.reading);
    if (about.not_understood.length) item("Not understood", about.not_understood.join(" … "), { class: "words problem" });
    const said = make("dd", {}, make("span", { class: `verdict ${name}` }, verdict.verdict.replace("_", " ")), ", ",
      verdict.basis === "assumed" ? make("span", { class: "assumed" }, "assumed") : verdict.basis.replace("_", " "),
      `, confidence ${verdict.confidence.toFixed(2)}`);
    list.append(make("dt", {}, "Verdict"), said);
    item("Reason", verdict.reason);
    item("Needs", verdict.needs);
    item("Near", verdict.near);
    item("Ask", about.question);
    left.append(list);
    const right = make("div", {});
    for (const quote of verdict.evidence) {
      const note = make("blockquote", { class: "note", tabindex: "0" });
      if (quote.quote === null) note.append(make("em", {}, `redacted: characters ${quote.start} to ${quote.end}`));
      else {
        const around = quote.context || { before: "", after: "" };
        say(note, around.before);
        note.append(make("mark", {}, quote.quote));
        say(note, around.after);
      }
      const where = [`${quote.note_id}, line ${quote.line}`, quote.date, quote.assertion].filter(Boolean).join(" · ");
      right.append(make("figure", {}, make("figcaption", {}, where), note));
    }
    if (!verdict.evidence.length) right.append(make("p", { class: "muted" }, "No quote: the notes do not mention it."));
    return make("section", { class: `criterion is-${name}`, "aria-label": `Criterion ${about.id}` }, left, right, signing(row, about.id));
  };

  // ---------------------------------------------------------------- sign-off
  const signing = (row, id) => {
    const at = key(row, id);
    const before = signed.get(at) || {};
    const fields = {
      judgement: make("select", { "data-field": "judgement" }, ...["", "agree", "disagree"].map((value) => make("option", { value }, value || "–"))),
      reviewer: make("input", { "data-field": "reviewer", autocomplete: "off", spellcheck: "false" }),
      date: make("input", { "data-field": "date", type: "date" }),
      comment: make("input", { "data-field": "comment", autocomplete: "off" }),
    };
    for (const [name, field] of Object.entries(fields)) {
      field.value = before[name] || "";
      field.addEventListener("change", () => {
        if (name === "judgement" && field.value) {
          const today = new Date();
          fields.reviewer.value ||= byId("reviewer").value;
          fields.date.value ||= [today.getFullYear(), today.getMonth() + 1, today.getDate()].map((n) => String(n).padStart(2, "0")).join("-");
        }
        const values = Object.fromEntries(Object.entries(fields).map(([field_name, one]) => [field_name, one.value]));
        if (Object.values(values).some(Boolean)) signed.set(at, values);
        else signed.delete(at);
        unsaved = true;
        byId("status").textContent = `${signed.size} criteria signed`;
      });
    }
    return make("fieldset", { class: "sign" }, make("legend", {}, `Sign-off ${id}`),
      make("label", {}, "Judgement", fields.judgement), make("label", {}, "Reviewer", fields.reviewer),
      make("label", {}, "Date", fields.date), make("label", { class: "comment" }, "Comment", fields.comment));
  };
  const COLUMNS = ["protocol_id", "patient_id", "criterion", "kind", "text", "verdict", "judgement", "reviewer", "date", "comment"];
  const FORMULA = /^\s*[=+\-@|%]|^[\t\r\n]/;
  const cellOf = (value) => {
    const text = (FORMULA.test(value) ? "'" : "") + String(value).replace(/\0/g, "\u2400");
    return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
  };
  const signedCsv = () => {
    const lines = [COLUMNS];
    for (const { row } of rows) {
      head.protocols[row[PROTOCOL]].criteria.forEach((c, number) => {
        const one = signed.get(key(row, c.id));
        const truth = { m: "met", n: "not_met", u: "unknown" }[row[TRUTHS][number]];
        if (one) lines.push([head.protocols[row[PROTOCOL]].id, row[PATIENT], c.id, c.kind, c.text, truth, one.judgement, one.reviewer, one.date, one.comment]);
      });
    }
    return lines.map((cells) => cells.map(cellOf).join(",") + "\r\n").join("");
  };
  const readCsv = (text) => {
    const table = [[""]];
    let quoted = false;
    for (let at = 0; at < text.length; at++) {
      const sign = text[at];
      const cells = table[table.length - 1];
      if (quoted) {
        if (sign !== '"') cells[cells.length - 1] += sign;
        else if (text[at + 1] === '"') cells[cells.length - 1] += text[++at];
        else quoted = false;
      } else if (sign === '"') quoted = true;
      else if (sign === ",") cells.push("");
      else if (sign === "\n") table.push([""]);
      else if (sign !== "\r") cells[cells.length - 1] += sign;
    }
    return table;
  };
  const load = (text) => {
    const [names, ...lines] = readCsv(text.replace(/^\ufeff/, ""));
    if (!COLUMNS.every((name) => names.includes(name))) {
      byId("status").textContent = "Not loaded: this is no table of sign-offs.";
      return;
    }
    for (const cells of lines) {
      if (cells.length < names.length) continue;
      const one = Object.fromEntries(names.map((name, at) => [name, cells[at].replace(/^'(?=\s*[=+\-@|%]|[\t\r\n])/, "")]));
      const { judgement, reviewer, date, comment } = one;
      signed.set(JSON.stringify([one.protocol_id, one.patient_id, one.criterion]), { judgement, reviewer, date, comment });
    }
    filter();
  };

  // ---------------------------------------------------------------- controls
  head.protocols.forEach((own, at) => byId("protocol").append(make("option", { value: at }, own.title ? `${own.id}: ${short(own.title, 60)}` : own.id)));
  byId("protocol-label").hidden = head.protocols.length < 2;
  say(byId("about"), `${new Set(rows.map(({ row }) => row[PATIENT])).size} patients against ` +
    (head.protocols.length === 1 ? `protocol ${head.protocols[0].id}` : `${head.protocols.length} protocols`) + `; match ${head.version}`);
  byId("protocol").addEventListener("change", overview);
  byId("filters").addEventListener("change", filter);
  byId("patient").addEventListener("input", filter);
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("filters").addEventListener("reset", (event) => {
    event.preventDefault();
    for (const box of document.querySelectorAll("[name=verdict]")) box.checked = true;
    for (const id of ["criterion", "state", "patient", "signed"]) byId(id).value = "";
    filter();
  });
  byId("more").addEventListener("click", () => more());
  byId("open-all").addEventListener("click", () => {
    for (const entry of [...byId("rows").querySelectorAll("tr[data-at]")]) toggle(entry, true);
  });
  byId("close-all").addEventListener("click", () => {
    for (const entry of [...byId("rows").querySelectorAll("tr[data-at]")]) toggle(entry, false);
  });
  byId("print").addEventListener("click", () => window.print());
  window.addEventListener("beforeprint", () => more(shown.length));
  byId("export").addEventListener("click", () => {
    const link = make("a", { download: "sign-offs.csv", href: URL.createObjectURL(new Blob(["\ufeff" + signedCsv()], { type: "text/csv" })) });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    unsaved = false;
    byId("status").textContent = `${signed.size} sign-offs exported to sign-offs.csv`;
  });
  byId("load").addEventListener("change", async (event) => {
    for (const file of event.target.files) load(await file.text());
  });
  window.addEventListener("beforeunload", (event) => {
    if (unsaved) event.preventDefault();
  });
  if ("IntersectionObserver" in window) {
    new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && more(), { rootMargin: "600px" }).observe(byId("more"));
  }
  overview();
  filter();
})();
