(() => {
  const query = new URLSearchParams(location.search);
  const fixed = { key: query.get('key') ?? undefined, group: query.get('group') ?? undefined, as: query.get('as') ?? undefined };
  const canvas = $('picture'), video = $('video');
  const line = new Line($('track'), $('line'), $('thumb'));

  // Where one is: own = what the sink shows without a query, live = its newest frame, at = a place of one's own.
  const state = { mode: 'own', paused: query.has('paused'), speed: 1 };
  let shown = null;        // the frame on the screen, without its bytes
  let start = null;        // mode at: {offset, partition} or {time}
  let sought = null;       // where one has just jumped to, until a frame of there is shown
  let status = null, skew = 0, ended = false;
  let grew = -Infinity, newest = null;   // when the topic was last seen to grow; its end then
  let wrongStart = '';     // why the address's place is none
  let native = null;       // true where the browser plays what the topic holds as it is; null: to be found out
  let connection = null, attempt = 0, retryAt = 0, retryTimer = 0, problem = '';
  let pending = null, decoding = false;
  let noticeTimer = 0;

  const at = query.get('at');
  if (at === 'live') state.mode = 'live';
  else if (at) {
    const place = at.match(/^(\d+):(\d+)$/);
    const target = place ? { partition: Number(place[1]), offset: Number(place[2]) } : parseJump(at, Date.now(), Date.now());
    if (target.wrong) wrongStart = target.wrong;
    else { start = target; state.mode = 'at'; }
  }
  if ([...$('speed').options].some((option) => option.value === query.get('speed'))) state.speed = Number(query.get('speed'));
  $('speed').value = String(state.speed);

  const notice = (text, lasting = false) => {
    clearTimeout(noticeTimer);
    $('notice').textContent = text;
    $('notice').hidden = !text;
    if (text && !lasting) noticeTimer = setTimeout(() => { $('notice').hidden = true; }, 6000);
  };

  // ---- the address says where one is
  let saved = 0, saveTimer = 0;
  const save = () => {
    clearTimeout(saveTimer);
    const wait = saved + 1000 - Date.now();
    if (wait > 0) { saveTimer = setTimeout(save, wait); return; }
    saved = Date.now();
    const next = new URLSearchParams();
    if (state.mode === 'live') next.set('at', 'live');
    else if (state.mode === 'at' || state.paused) {
      const place = sought ? (sought.offset !== undefined ? sought : null) : shown ?? (start && start.offset !== undefined ? start : null);
      if (place) next.set('at', (place.partition ? place.partition + ':' : '') + place.offset);
      else if (start && start.time !== undefined) next.set('at', new Date(start.time).toISOString());
    }
    if (state.paused) next.set('paused', '');
    if (state.speed !== 1) next.set('speed', state.speed);
    for (const name of ['key', 'group', 'as']) if (fixed[name]) next.set(name, fixed[name]);
    const text = next.toString().replace('paused=', 'paused');
    history.replaceState(null, '', location.pathname + (text ? '?' + text : ''));
  };
  addEventListener('pagehide', () => { saved = 0; save(); });

  // ---- frames
  const paint = (picture, width, height) => {
    if (canvas.width !== width || canvas.height !== height) { canvas.width = width; canvas.height = height; }
    canvas.getContext('2d').drawImage(picture, 0, 0);
    $('empty').hidden = true;
  };

  // `frame` has been painted.
  const note = (frame, suffix) => {
    shown = { offset: frame.offset, partition: frame.partition, time: frame.time };
    sought = null;
    problem = '';
    attempt = 0;
    line.now = shown.time;
    if (shown.time > line.last) line.last = shown.time;
    if (newest !== null && shown.partition === 0 && shown.offset >= newest) { newest = shown.offset + 1; grew = performance.now(); }
    $('snapshot').href = urlOf(`/frames/${shown.offset}`, { partition: shown.partition || undefined });
    $('snapshot').download = `${(status && status.connector) || 'frame'}-${shown.offset}.${suffix}`;
    save();
  };

  const draw = async (frame) => {
    if (decoding) { pending = frame; return; }
    decoding = true;
    try {
      const bitmap = await createImageBitmap(frame.blob);
      paint(bitmap, bitmap.width, bitmap.height);
      bitmap.close();
      if (frame.exact !== false) note(frame, frame.blob.type.replace('image/', '').replace('jpeg', 'jpg') || 'jpg');
    } catch {
      notice(`Frame ${frame.offset} cannot be decoded by this browser.`);
    }
    decoding = false;
    render();
    const next = pending;
    pending = null;
    if (next) await draw(next);
  };

  const place = (extra = {}) => {
    const width = Math.ceil(canvas.clientWidth * (devicePixelRatio || 1) / 160) * 160;
    const small = matchMedia('(max-width: 700px)').matches && width >= 16 ? Math.min(width, 1280) : undefined;
    return { width: small, ...extra };
  };

  const single = async (url) => {
    const response = await fetch(url, { cache: 'no-store' });
    if (!response.ok) throw await refusal(response);
    const type = response.headers.get('Content-Type') || '';
    if (!type.startsWith('image/')) return null;
    return {
      offset: Number(response.headers.get('X-Framespool-Offset')),
      partition: Number(response.headers.get('X-Framespool-Partition')),
      time: Date.parse(response.headers.get('X-Framespool-Timestamp')),
      blob: await response.blob(),
      older: response.headers.get('X-Framespool-Older-Than-Retained'),
      exact: response.headers.get('X-Framespool-Exact') !== 'false',
    };
  };
  // Not `exact`: where it takes less, the key frame that it is decoded from, which says that it is not exact.
  const fetchAt = (target, exact = true) => {
    const how = place({ exact: exact ? undefined : 'false' });
    return target.time !== undefined
      ? single(urlOf('/snapshot', { ...how, at: new Date(target.time).toISOString(), key: fixed.key }))
      : single(urlOf(`/frames/${target.offset}`, { ...how, partition: target.partition || undefined }));
  };

  let asked = 0;
  const showAt = async (target) => {
    const mine = ++asked;
    try {
      let frame = await fetchAt(target, false);
      if (mine !== asked) return;
      if (frame && !frame.exact) {
        await draw(frame);
        frame = await fetchAt(target);
        if (mine !== asked) return;
      }
      if (frame) {
        if (frame.older) notice('The topic does not hold that moment any more: this is its first frame.');
        await draw(frame);
      }
    } catch (error) {
      if (mine === asked) notice(error.message.charAt(0).toUpperCase() + error.message.slice(1));
    }
  };

  // ---- the connection
  const disconnect = () => {
    clearTimeout(retryTimer);
    retryAt = 0;
    if (connection) connection.stop();
    connection = null;
    pending = null;
  };

  // Whether the browser plays the topic as it is; where there is no video yet it is asked again.
  let probing = false;
  const probe = async () => {
    probing = true;
    try {
      const response = await fetch(urlOf('/video', { key: fixed.key }), { method: 'HEAD', cache: 'no-store' });
      const type = response.headers.get('Content-Type') || '';
      if (response.ok) native = type.includes('codecs=') && VideoPlayer.plays(type);
      else if (shown) native = false;
    } catch { /* the sink is away; the connection says so */ }
    probing = false;
    open();
  };

  const connect = () => {
    disconnect();
    if (state.paused || document.hidden) return;
    ended = false;
    if (native === null && fixed.as !== 'pictures' && VideoPlayer.possible) { if (!probing) void probe(); } else open();
    render();
  };

  const begin = (headers) => {
    if (headers.get('X-Framespool-Older-Than-Retained') !== null)
      notice('The topic does not hold that moment any more: playing from its first frame.');
    if (headers.get('X-Framespool-Still-To-Come') !== null) notice('That moment is still to come: playing when it does.');
  };
  const goOnBehind = (frame) => { if (state.mode === 'at') start = { offset: frame.offset + 1, partition: frame.partition }; };

  const openVideo = () => {
    const wish = { key: fixed.key };
    if (state.mode === 'at') {
      wish.from = start.time !== undefined ? new Date(start.time).toISOString() : start.offset;
      wish.partition = start.partition || undefined;
      if (state.speed !== 1) wish.speed = state.speed;
    } else if (state.mode === 'own' && fixed.group) wish.group = fixed.group;
    else wish.playback = state.mode === 'own' && status ? status.playback : 'live';
    connection = new VideoConnection(video, urlOf('/video', wish), state.mode === 'at' && state.speed < 4 ? start : null, {
      begin,
      frame(frame, picture) {
        paint(picture, video.videoWidth, video.videoHeight);
        if (!frame.exact || (shown && !sought && shown.offset === frame.offset && shown.partition === frame.partition)) return;
        goOnBehind(frame);
        note(frame, 'jpg');
        render();
      },
      end(error) {
        connection = null;
        if (!(error instanceof NotPlayed)) { retry(error); return; }
        native = false;
        connect();
      },
    });
  };

  const open = () => {
    if (connection || state.paused || document.hidden) return;
    if (native && (state.mode === 'at' || state.speed === 1)) openVideo(); else openPictures();
    render();
  };

  const openPictures = () => {
    const wish = place({ framing: 'length', key: fixed.key });
    if (state.mode === 'live') wish.playback = 'live';
    else {
      if (state.mode === 'own') wish.group = fixed.group;
      else {
        wish.from = start.time !== undefined ? new Date(start.time).toISOString() : start.offset;
        wish.partition = start.partition || undefined;
      }
      if (state.speed !== 1 && !(state.mode === 'own' && status && status.playback === 'live')) wish.speed = state.speed;
      if (state.speed > 2) wish.fps = 30;
    }
    connection = new Connection(urlOf('', wish), {
      begin,
      frame(frame) {
        // framing=length shows a lonely frame by sending it twice.
        if (!sought && shown && shown.offset === frame.offset && shown.partition === frame.partition) return;
        goOnBehind(frame);
        void draw(frame);
      },
      end(error) {
        connection = null;
        retry(error);
      },
    });
  };

  const retry = (error) => {
    problem = error instanceof Refused ? error.message : 'The sink does not answer';
    if (error instanceof Refused && error.status === 400) { notice(problem, true); ended = true; render(); return; }
    const pause = Math.max(Math.min(8000, 500 * 2 ** attempt++) * (0.8 + Math.random() * 0.4), (error && error.retry || 0) * 1000);
    retryAt = performance.now() + pause;
    clearTimeout(retryTimer);
    retryTimer = setTimeout(connect, pause);
    render();
  };

  // No frame is no news; but is anyone there, and is there one that should have come?
  let looking = false;
  const watchdog = async () => {
    render();
    if (!connection || looking || performance.now() - connection.lastBytes < 4000) return;
    looking = true;
    const suspect = connection;
    const answered = await look();
    looking = false;
    if (suspect !== connection) return;
    const more = answered && shown && status.extent.last_offset !== null && status.extent.last_offset > shown.offset;
    if (answered && !more && status.partitions.length === 1) return;
    if (answered && performance.now() - suspect.lastBytes < 8000) return;
    disconnect();
    retry(null);
  };

  // ---- what the sink says of itself
  const look = async () => {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), 3000);
    try {
      const response = await fetch(urlOf('/status', {}), { cache: 'no-store', signal: limit.signal });
      if (!response.ok) return false;
      status = await response.json();
      skew = Date.parse(status.time) - Date.now();
      const end = status.partitions.reduce((sum, part) => sum + part.end_offset, 0);
      if (newest !== null && end > newest) grew = performance.now();
      newest = end;
      line.first = Date.parse(status.extent.first_time) || 0;
      line.last = Math.max(Date.parse(status.extent.last_time) || 0, 0);
      $('name').textContent = status.connector;
      document.title = `${status.connector} · Framespool`;
      clips.follow(status.clips);
      return true;
    } catch {
      return false;
    } finally {
      clearTimeout(timer);
      render();
    }
  };

  const survey = async () => {
    let again = 15000;
    try {
      if (!document.hidden) {
        const response = await fetch(urlOf('/timeline', {}), { cache: 'no-store' });
        if (response.ok) line.survey = await response.json();
        if (!line.survey.complete) again = 1500;
      }
    } catch { /* the next one may do */ }
    setTimeout(survey, again);
    render();
  };

  // ---- what one sees
  const render = () => {
    const behind = shown && line.last ? (line.last - shown.time) / 1000 : null;
    // The age of what is seen; less than nothing where the camera's clock is ahead of the sink's.
    const age = shown ? (Date.now() + skew - shown.time) / 1000 : null;
    const quiet = connection ? (performance.now() - connection.lastBytes) / 1000 : 0;
    const grows = performance.now() - grew < 6000;
    const off = age > 10 ? `, clock ${spanText(age)} behind` : age < -2 ? `, clock ${spanText(-age)} ahead` : '';
    let label, kind;
    if (state.paused) { kind = 'paused'; label = behind === null ? 'paused' : `paused, ${spanText(Math.max(0, behind))} behind`; }
    else if (ended) { kind = 'error'; label = 'stopped'; }
    else if (retryAt) { kind = 'stalled'; label = `reconnecting in ${Math.max(0, Math.ceil((retryAt - performance.now()) / 1000))} s`; }
    else if (!shown) { kind = 'connecting'; label = 'waiting for a frame'; }
    else if (behind > 2 && quiet > 4) { kind = 'stalled'; label = `stalled for ${Math.round(quiet)} s`; }
    else if (behind > 2) { kind = 'behind'; label = `${spanText(behind)} behind`; }
    else if (off ? !grows : quiet > 4 && !grows) { kind = 'quiet'; label = age < -2 ? `last picture at ${momentText(shown.time)}${off}` : `last picture at ${momentText(shown.time)}, ${spanText(age)} ago`; }
    else { kind = 'live'; label = off ? `LIVE${off}` : `LIVE ${Math.max(0, age).toFixed(1)} s`; }
    $('badge').dataset.state = kind;
    $('badge').textContent = label;
    $('stage').dataset.stale = String(kind === 'stalled' || kind === 'error');
    $('play').textContent = state.paused ? 'Play' : 'Pause';
    $('live').setAttribute('aria-pressed', String(state.mode === 'live' && !state.paused));
    $('clock').textContent = shown ? clockText(shown.time) : '';
    $('first').textContent = line.last ? clockText(line.first) : '';
    $('last').textContent = line.last ? clockText(line.last) : '';
    $('survey').textContent = line.describe();
    if (!shown) {
      $('empty').hidden = false;
      $('empty').textContent = problem || (status && status.no_picture ? `The topic has no picture: ${status.no_picture}` : status && status.state === 'paused' ? 'The sink is paused.' : status && status.state === 'waiting for frames' ? 'The topic has no frame yet.' : 'Waiting for a frame…');
    } else if (kind === 'stalled' && problem) notice(problem, true);
    else if (kind !== 'stalled' && $('notice').textContent === problem && problem) notice('');
    const track = $('track');
    track.setAttribute('aria-valuenow', shown ? String(Math.round((shown.time - line.first) / line.span * 1000)) : '0');
    track.setAttribute('aria-valuetext', shown ? `${clockText(shown.time)}, frame ${shown.offset}` : 'no frame yet');
    line.draw();
  };

  // ---- what one does
  const showSought = () => void showAt(sought).then(() => { if (shown) start = { offset: shown.offset + 1, partition: shown.partition }; });
  const pause = () => {
    state.paused = true;
    disconnect();
    if (sought) showSought();
    saved = 0; save(); render();
  };
  const play = () => {
    state.paused = false;
    if (state.mode === 'at' && shown && (!start || start.offset === undefined)) start = { offset: shown.offset + 1, partition: shown.partition };
    saved = 0; save(); connect(); render();
  };
  // The key frame is there long before what a stream of pictures begins with; the browser's own player shows it itself.
  const showKeyFrame = async (target) => {
    try {
      const frame = await fetchAt(target, false);
      if (frame && !frame.exact && sought === target) await draw(frame);
    } catch { /* the stream says what is wrong */ }
  };
  const toPlace = (target) => {
    state.mode = 'at';
    start = sought = target;
    if (state.paused) showSought();
    else {
      if (native === false || fixed.as === 'pictures') void showKeyFrame(target);
      connect();
    }
    if (target.time !== undefined) { line.now = target.time; line.draw(); }
    saved = 0; save();
  };
  // Where there is nothing it is said, and one stays where one is.
  const jump = async (typed) => {
    $('jump').blur();  // what is pressed from here on is for the player
    const target = parseJump(typed, shown ? shown.time : line.last || Date.now(), line.last || Date.now() + skew);
    if (!target.wrong && !await look()) target.wrong = 'The sink does not answer, so it cannot be asked for that now.';
    const wrong = target.wrong || outside(target, status.extent, status.partitions);
    $('jump').setAttribute('aria-invalid', String(Boolean(wrong)));
    if (wrong) { notice(wrong); $('jump').focus(); return; }
    notice('');
    toPlace(target);
  };
  const goLive = () => { sought = null; state.mode = 'live'; state.paused = false; start = null; attempt = 0; saved = 0; save(); connect(); };
  const seekBy = (ms) => { if (shown) toPlace({ time: Math.min(line.last, Math.max(line.first, shown.time + ms)) }); };
  const step = async (direction) => {
    if (!shown) return;
    if (!state.paused) pause();
    state.mode = 'at';
    // Records that are no pictures lie between some frames.
    for (let away = 1; away <= 50; ++away) {
      const offset = shown.offset + direction * away;
      if (offset < 0) return notice('This is the first frame.');
      try {
        const frame = await fetchAt({ offset, partition: shown.partition });
        if (!frame) continue;
        start = { offset: frame.offset + 1, partition: frame.partition };
        return await draw(frame);
      } catch (error) {
        return notice(error instanceof Refused && error.status === 404 ? (direction > 0 ? 'This is the last frame.' : 'This is the first frame that is kept.') : error.message);
      }
    }
  };
  const setSpeed = (value) => {
    state.speed = Number(value);
    $('speed').value = String(value);
    if (state.mode === 'live' && state.speed !== 1) notice('Live has one speed only; go back to use another.');
    else if (!state.paused) {
      if (shown && state.mode === 'own') { state.mode = 'at'; start = { offset: shown.offset + 1, partition: shown.partition }; }
      connect();
    }
    saved = 0; save();
  };
  const bump = (by) => {
    const options = [...$('speed').options].map((option) => option.value);
    setSpeed(options[Math.min(options.length - 1, Math.max(0, options.indexOf(String(state.speed)) + by))]);
  };

  // ---- controls and keys
  const clips = new Clips(line, fixed.key, notice, () => look());
  const track = $('track');
  void new Scrubber(track, line, fixed.key, (time) => toPlace({ time }));
  $('play').onclick = () => (state.paused ? play() : pause());
  $('live').onclick = goLive;
  $('prev').onclick = () => step(-1);
  $('next').onclick = () => step(1);
  $('back10').onclick = () => seekBy(-10000);
  $('fwd10').onclick = () => seekBy(10000);
  $('speed').onchange = () => setSpeed($('speed').value);
  $('in').onclick = () => clips.mark('in', shown);
  $('out').onclick = () => clips.mark('out', shown);
  $('clip').onclick = () => clips.save(shown);
  $('help').onclick = () => $('keys').showModal();
  $('full').onclick = () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen().catch(() => notice('This browser has no full screen for pages.')));
  $('jumpform').onsubmit = (event) => {
    event.preventDefault();
    void jump($('jump').value);
  };
  const tenth = () => line.span / 10;
  const keys = {
    ' ': () => $('play').click(), k: () => $('play').click(), l: goLive, s: () => $('snapshot').click(), d: () => clips.save(shown), f: () => $('full').click(),
    g: () => $('jump').focus(), '[': () => clips.mark('in', shown), ']': () => clips.mark('out', shown), '+': () => bump(1), '=': () => bump(1), '-': () => bump(-1), '?': () => $('keys').showModal(),
    Home: () => toPlace({ time: line.first }), End: () => toPlace({ time: line.last }), PageUp: () => seekBy(-tenth()), PageDown: () => seekBy(tenth()),
  };
  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || $('keys').open) return;
    const target = event.target;
    if (target instanceof HTMLInputElement) { if (event.key === 'Escape') target.blur(); return; }
    if (target instanceof HTMLSelectElement && /^(Arrow|Home|End|Page)/.test(event.key)) return;
    // Space and Enter belong to the button that has the focus.
    if (event.key === ' ' && (target instanceof HTMLButtonElement || target instanceof HTMLAnchorElement || target instanceof HTMLSelectElement)) return;
    const sideways = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const action = sideways ? () => (event.shiftKey ? seekBy(sideways * 1000) : step(sideways)) : keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!action) return;
    event.preventDefault();
    void action();
  });
  document.addEventListener('visibilitychange', () => {
    // A hidden page would go on receiving at the full rate.
    if (document.hidden) disconnect(); else { attempt = 0; void look(); connect(); }
  });

  // Sideways on a phone the controls lie over the picture: they come with a touch, and go when nothing is done for a while.
  let quietTimer = 0;
  const wake = () => {
    document.body.classList.remove('quiet');
    clearTimeout(quietTimer);
    quietTimer = setTimeout(() => document.body.classList.add('quiet'), 3000);
  };
  for (const type of ['pointermove', 'pointerdown', 'keydown', 'focusin', 'input']) addEventListener(type, wake, { passive: true });
  $('stage').addEventListener('click', (event) => {
    // The second touch puts them away again.
    if (event.timeStamp - touched > 400 && matchMedia('(orientation: landscape) and (max-height: 520px)').matches) document.body.classList.add('quiet');
  });
  let touched = 0;
  $('stage').addEventListener('pointerdown', (event) => { if (document.body.classList.contains('quiet')) touched = event.timeStamp; }, { capture: true });
  wake();

  // ---- begin
  void look().then(() => {
    const wrong = wrongStart || (start && status ? outside(start, status.extent, status.partitions) : '');
    if (wrong) {
      notice(wrong, true);
      start = null;
      state.mode = 'own';
    }
    if (state.paused) {
      if (start) toPlace(start); else void single(urlOf('/snapshot', place({ key: fixed.key }))).then((frame) => frame && draw(frame), () => render());
    } else connect();
  });
  setInterval(() => { if (!document.hidden) void look(); }, 2000);
  setInterval(watchdog, 500);
  void survey();
})();
