"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // ---- theme: auto, light, dark ----
  const themes = ["auto", "light", "dark"];
  const themeButton = document.getElementById("theme");
  const stored = {
    get() { try { return localStorage.getItem("rnnoise-report-theme"); } catch { return null; } },
    set(value) { try { localStorage.setItem("rnnoise-report-theme", value); } catch { /* not allowed from a file here */ } },
  };
  function showTheme(theme) {
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    themeButton.textContent = `Theme: ${theme}`;
    themeButton.dataset.value = theme;
  }
  showTheme(themes.includes(stored.get()) ? stored.get() : "auto");
  themeButton.addEventListener("click", () => {
    const next = themes[(themes.indexOf(themeButton.dataset.value) + 1) % themes.length];
    showTheme(next);
    stored.set(next);
  });

  // ---- tables: click a head to sort; what has no value stays last ----
  function sortBy(table, column, direction) {
    const value = (row) => row.cells[column].dataset.value;
    const order = (a, b) => {
      const [x, y] = [value(a), value(b)];
      if (x === "" || y === "") return (x === "") - (y === "");
      const [m, n] = [Number(x), Number(y)];
      const difference = Number.isNaN(m) || Number.isNaN(n) ? x.localeCompare(y, undefined, { numeric: true }) : m - n;
      return direction === "ascending" ? difference : -difference;
    };
    table.tBodies[0].append(...[...table.tBodies[0].rows].sort(order));
    all("th", table.tHead).forEach((head, place) => {
      if (place === column) head.setAttribute("aria-sort", direction);
      else head.removeAttribute("aria-sort");
    });
  }
  for (const table of all("table.sortable")) {
    all("thead th", table).forEach((head, column) => {
      head.querySelector("button").addEventListener("click", () => {
        const opposite = { ascending: "descending", descending: "ascending" };
        sortBy(table, column, opposite[head.getAttribute("aria-sort")] ?? head.dataset.first);
      });
    });
  }

  // ---- recording by recording: the measure can be chosen ----
  const each = document.getElementById("each");
  if (each) {
    const data = JSON.parse(document.getElementById("each-data").textContent);
    const chooser = document.getElementById("measure");
    const show = () => {
      const measure = data.measures[chooser.value];
      document.getElementById("measure-meaning").textContent = measure.meaning;
      for (const row of each.tBodies[0].rows) {
        measure.rows[row.dataset.recording].forEach((cell, place) => {
          const target = row.cells[place + 1];
          target.textContent = cell.text;
          target.dataset.value = cell.value ?? "";
          target.className = cell.best ? "best" : cell.worse ? "worse" : "";
        });
      }
      all("thead th", each).forEach((head, place) => { if (place) head.dataset.first = measure.first; });
      const sorted = all("thead th", each).findIndex((head) => head.hasAttribute("aria-sort"));
      if (sorted > 0) sortBy(each, sorted, each.tHead.rows[0].cells[sorted].getAttribute("aria-sort"));
    };
    chooser.addEventListener("change", show);
    show();
    sortBy(each, 2, data.measures[chooser.value].worst);
  }

  // ---- players: all tracks of a recording run together, one is heard ----
  const FADE = 0.012; // seconds of a cross-fade
  const match = document.getElementById("match");
  let context = null;
  let current = null;

  class Player {
    constructor(section) {
      this.section = section;
      this.bar = section.querySelector(".player");
      this.playButton = section.querySelector(".play");
      this.slider = section.querySelector(".seek");
      this.time = section.querySelector(".time");
      this.tracks = all(".track", section);
      this.lanes = all(".lane", section);
      this.duration = Number(section.dataset.seconds);
      this.chosen = 0;
      this.before = 0;
      this.offset = 0;
      this.wanted = false; // whether it should play, also while it is still loading
      this.voices = null; // while playing: sources and gains
      this.buffers = null;
      this.levelled = false; // whether loudness is always equal

      this.playButton.addEventListener("click", () => this.toggle());
      this.slider.addEventListener("input", () => this.seek(Number(this.slider.value)));
      this.tracks.forEach((track, place) => track.addEventListener("click", () => this.choose(place)));
      all(".pick", section).forEach((pick, place) => pick.addEventListener("click", () => this.choose(place)));
      for (const pictures of all(".pictures", section)) {
        pictures.addEventListener("click", (event) => {
          const box = pictures.getBoundingClientRect();
          this.seek(((event.clientX - box.left) / box.width) * this.duration);
          this.choose(Number(pictures.closest(".lane").dataset.lane));
        });
      }
      section.addEventListener("toggle", () => (section.open ? makeCurrent(this) : this.pause()));
    }

    get position() {
      if (!this.voices) return this.offset;
      return Math.min(this.duration, this.offset + Math.max(0, context.currentTime - this.voices.start));
    }

    loudness(place) {
      if (place !== this.chosen) return 0;
      if (!match.checked && !this.levelled) return 1;
      const levels = this.tracks.map((track) => (track.dataset.level === "" ? null : Number(track.dataset.level)));
      const known = levels.filter((level) => level !== null);
      return levels[place] === null ? 1 : 10 ** ((Math.min(...known) - levels[place]) / 20);
    }

    choose(place) {
      if (place < 0 || place >= this.tracks.length) return;
      makeCurrent(this);
      if (place !== this.chosen) this.before = this.chosen;
      this.chosen = place;
      this.tracks.forEach((track, other) => track.setAttribute("aria-pressed", String(other === place)));
      this.lanes.forEach((lane, other) => lane.classList.toggle("heard", other === place));
      this.balance();
      this.show();
    }

    balance() {
      if (!this.voices) return;
      this.voices.gains.forEach((gain, place) => gain.gain.setTargetAtTime(this.loudness(place), context.currentTime, FADE / 3));
    }

    async load() {
      if (this.buffers) return;
      const decode = (track) => {
        const bytes = Uint8Array.from(atob(document.getElementById(track.dataset.audio).textContent), (c) => c.charCodeAt(0));
        return context.decodeAudioData(bytes.buffer);
      };
      this.bar.setAttribute("aria-busy", "true");
      try {
        this.buffers = await Promise.all(this.tracks.map(decode));
      } finally {
        this.bar.removeAttribute("aria-busy");
      }
    }

    async play() {
      makeCurrent(this);
      for (const other of players) if (other !== this) other.rest();
      this.wanted = true;
      try {
        context ??= new AudioContext();
        await context.resume();
        await this.load();
      } catch {
        this.wanted = false;
        const trouble = this.section.querySelector(".trouble");
        trouble.textContent = "This browser cannot decode Ogg Opus: open the page in a current Firefox, Chrome or Edge.";
        trouble.hidden = false;
        return;
      }
      if (!this.wanted || this.voices) return;
      if (this.offset >= this.duration - 0.01) this.offset = 0;
      const start = context.currentTime + 0.02;
      const gains = this.buffers.map((_, place) => new GainNode(context, { gain: this.loudness(place) }));
      const sources = this.buffers.map((buffer, place) => {
        const source = new AudioBufferSourceNode(context, { buffer });
        source.connect(gains[place]).connect(context.destination);
        source.start(start, this.offset);
        return source;
      });
      this.voices = { start, gains, sources };
      this.section.classList.add("playing");
      this.playButton.setAttribute("aria-label", "Pause");
      this.tick();
    }

    pause() {
      this.wanted = false;
      if (!this.voices) return;
      this.offset = this.position;
      this.voices.sources.forEach((source) => source.stop());
      this.voices.gains.forEach((gain) => gain.disconnect());
      this.voices = null;
      this.section.classList.remove("playing");
      this.playButton.setAttribute("aria-label", "Play");
      this.show();
    }

    rest() { // another one plays: free the memory
      this.pause();
      this.buffers = null;
    }

    toggle() {
      if (this.wanted) this.pause();
      else this.play();
    }

    seek(seconds) {
      makeCurrent(this);
      const playing = this.voices !== null;
      this.pause();
      this.offset = Math.min(this.duration, Math.max(0, seconds));
      this.show();
      if (playing) this.play();
    }

    tick() {
      if (!this.voices) return;
      if (this.position >= this.duration) {
        this.pause();
        this.offset = 0;
      }
      this.show();
      requestAnimationFrame(() => this.tick());
    }

    show() {
      const position = this.position;
      this.slider.value = position;
      this.slider.setAttribute("aria-valuetext", `${position.toFixed(1)} of ${this.duration.toFixed(1)} seconds, ${this.name}`);
      this.time.textContent = `${position.toFixed(1)} / ${this.duration.toFixed(1)} s`;
      this.section.style.setProperty("--place", position / this.duration);
    }

    nameOf(place) {
      return this.tracks[place].lastChild.textContent.trim();
    }

    get name() {
      return this.nameOf(this.chosen);
    }

    chooseName(name) { // a recording without a clean original has no such track
      const place = this.tracks.findIndex((_, other) => this.nameOf(other) === name);
      if (place >= 0) this.choose(place);
    }

    get names() {
      return this.tracks.map((_, place) => this.nameOf(place));
    }
  }

  const players = all(".recording").map((section) => new Player(section));

  function makeCurrent(player) {
    if (current === player) return;
    if (current) delete current.section.dataset.current;
    current = player;
    player.section.dataset.current = "";
  }
  if (players.length) makeCurrent(players[0]);
  match.addEventListener("change", () => players.forEach((player) => player.balance()));

  function open(player, move = true) {
    player.section.open = true;
    makeCurrent(player);
    if (move) player.section.scrollIntoView();
  }
  function openTarget() {
    const player = players.find((one) => `#${one.section.id}` === location.hash);
    if (player) open(player);
  }
  window.addEventListener("hashchange", openTarget);
  openTarget();

  // ---- blind test: two tracks without names, votes, names at the end ----
  const at = (id) => document.getElementById(`blind-${id}`);
  const make = (tag, text, where) => {
    const element = document.createElement(tag);
    element.textContent = text;
    where.append(element);
    return element;
  };
  const shuffled = (list) => {
    const left = [...list];
    for (let last = left.length - 1; last > 0; last--) {
      const other = crypto.getRandomValues(new Uint32Array(1))[0] % (last + 1);
      [left[last], left[other]] = [left[other], left[last]];
    }
    return left;
  };
  function signTest(wins, losses) { // two-sided, exact
    const count = wins + losses;
    let term = 2 ** -count;
    let tail = 0;
    for (let k = 0; k <= Math.min(wins, losses); k++) {
      tail += term;
      term *= (count - k) / (k + 1);
    }
    return Math.min(1, 2 * tail);
  }
  const models = [...new Set(players.flatMap((player) => player.names))].filter((name) => name !== "Clean original");
  const [input, ...judged] = models;
  const pairs = judged.flatMap((one, place) => judged.slice(place + 1).map((other) => [one, other]));
  const choices = [
    ...(pairs.length > 1 ? [["all models", pairs]] : []),
    ...[...pairs, ...judged.map((one) => [input, one])].map((pair) => [pair.join(" and "), [pair]]),
  ];
  choices.forEach(([text], place) => { make("option", text, at("what")).value = place; });
  const blind = new Player(at("trial"));
  blind.levelled = true;
  let trials = [];
  let votes = [];

  function nextTrial() {
    const trial = trials[votes.length];
    if (!trial) return endBlind();
    blind.rest();
    blind.offset = 0;
    blind.before = 1;
    blind.duration = trial.player.duration;
    blind.slider.max = blind.duration;
    trial.names.forEach((name, place) => {
      const track = trial.player.tracks[trial.player.names.indexOf(name)];
      blind.tracks[place].dataset.audio = track.dataset.audio;
      blind.tracks[place].dataset.level = track.dataset.level;
    });
    blind.choose(0);
    at("count").textContent = `Vote ${votes.length + 1} of ${trials.length}`;
    return undefined;
  }

  function startBlind() {
    players.forEach((player) => player.rest());
    const [, wanted] = choices[at("what").value];
    trials = shuffled(wanted.flatMap((pair) => players
      .filter((player) => pair.every((name) => player.names.includes(name)))
      .map((player) => ({ player, names: shuffled(pair) }))));
    votes = [];
    document.body.classList.add("blinded");
    at("result").hidden = true;
    at("trial").hidden = false;
    nextTrial();
    at("trial").querySelector(".play").focus();
  }

  function endBlind() {
    blind.rest();
    document.body.classList.remove("blinded");
    at("trial").hidden = true;
    showVotes();
    makeCurrent(players[0]);
  }

  function table(where, caption, heads, rows) {
    const box = make("div", "", where);
    box.className = "scroll";
    const made = make("table", "", box);
    make("caption", caption, made);
    const top = make("tr", "", make("thead", "", made));
    heads.forEach((head) => { make("th", head, top).scope = "col"; });
    const body = make("tbody", "", made);
    for (const cells of rows) {
      const row = make("tr", "", body);
      cells.forEach((cell) => { make("span", cell, make("td", "", row)).className = "name"; });
    }
  }

  function showVotes() {
    const result = at("result");
    result.replaceChildren();
    result.hidden = false;
    const counts = new Map();
    for (const { names, chosen } of votes) {
      const [one, other] = [...names].sort((a, b) => models.indexOf(a) - models.indexOf(b));
      const key = JSON.stringify([one, other]);
      const count = counts.get(key) ?? { one, other, for: 0, against: 0, none: 0 };
      if (chosen === null) count.none++;
      else if (names[chosen] === one) count.for++;
      else count.against++;
      counts.set(key, count);
    }
    if (!votes.length) make("p", "No votes.", result);
    else {
      const rows = [...counts.values()].map((count) => [
        count.one, `${count.for}`, count.other, `${count.against}`, `${count.none}`, signTest(count.for, count.against).toPrecision(2),
      ]);
      table(result, "Votes; p: the chance of so uneven a count when the two are equally good (sign test)",
        ["Track", "preferred", "Track", "preferred", "no difference", "p"], rows);
      table(result, "Each vote", ["Recording", "A", "B", "preferred"], votes.map(({ player, names, chosen }) => [
        player.section.querySelector("h3").textContent, ...names, chosen === null ? "–" : names[chosen],
      ]));
    }
    result.focus();
  }

  at("start").addEventListener("click", startBlind);
  at("end").addEventListener("click", endBlind);
  for (const button of all("[data-vote]")) {
    button.addEventListener("click", () => {
      votes.push({ ...trials[votes.length], chosen: button.dataset.vote === "" ? null : Number(button.dataset.vote) });
      nextTrial();
    });
  }

  // ---- keyboard ----
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !current) return;
    const target = event.target;
    if (target.matches("select, textarea, input:not([type=range], [type=checkbox])")) return;
    const step = event.shiftKey ? 5 : 1;
    const turn = (by) => {
      const playing = current.wanted;
      const place = players.indexOf(current);
      const next = place < 0 ? null : players[place + by]; // the blind test's is none of them
      if (!next) return;
      const name = current.name;
      open(next);
      next.chooseName(name);
      if (playing) next.play();
    };
    const actions = {
      " ": () => current.toggle(),
      ArrowLeft: () => current.seek(current.position - step),
      ArrowRight: () => current.seek(current.position + step),
      b: () => current.choose(current.before),
      n: () => turn(1),
      p: () => turn(-1),
    };
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key === " " && target.matches("button:not(.track, .pick), summary, a, input[type=checkbox]")) return;
    if (key.startsWith("Arrow") && target.matches(".scroll")) return;
    if (/^[1-9]$/.test(key)) current.choose(Number(key) - 1);
    else if (actions[key]) actions[key]();
    else return;
    event.preventDefault();
  });
})();
