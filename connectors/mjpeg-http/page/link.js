// What a viewer link opens, by itself: the stream of the link, and no more of the sink than that.

(() => {
  const link = new URLSearchParams(location.search).get('link');
  const canvas = $('picture');
  let facts = null, connection = null, timer = 0, shown = null, came = 0, ended = false, decoding = false, pending = null;

  const say = (kind, badge, text) => {
    $('badge').dataset.state = kind;
    $('badge').textContent = badge;
    $('empty').textContent = text;
    $('empty').hidden = !text;
    $('stage').dataset.stale = String(kind === 'stalled');
  };
  const timeText = (time) => new Date(time).toLocaleString();

  const draw = async (frame) => {
    if (decoding) { pending = frame; return; }
    decoding = true;
    try {
      const bitmap = await createImageBitmap(frame.blob);
      if (canvas.width !== bitmap.width || canvas.height !== bitmap.height) { canvas.width = bitmap.width; canvas.height = bitmap.height; }
      canvas.getContext('2d').drawImage(bitmap, 0, 0);
      bitmap.close();
      shown = frame.time;
      came = performance.now();
    } catch { /* the next one may do */ }
    decoding = false;
    render();
    const next = pending;
    pending = null;
    if (next) await draw(next);
  };

  const render = () => {
    const time = shown === null ? '' : timeText(shown);
    $('shown').textContent = time;
    if (shown === null) say('connecting', 'connecting', 'Waiting for a frame…');
    else if (ended) say('paused', 'played to its end', '');
    else if (performance.now() - came < 6000) say('live', facts?.from ? 'recorded' : 'live', '');
    else say('stalled', `last picture at ${time}`, '');
  };

  // A link that is over shows nothing of what it opened.
  const over = (text) => {
    clearTimeout(timer);
    connection?.stop();
    connection = null;
    canvas.hidden = true;
    for (const id of ['snapshot', 'clip', 'again']) $(id).hidden = true;
    for (const id of ['until', 'span', 'shown']) $(id).textContent = '';
    say('error', 'over', text);
  };

  const play = () => {
    connection?.stop();
    ended = false;
    $('again').hidden = true;
    const own = new Connection(urlOf('', { link, framing: 'length' }), {
      begin: () => {},
      frame: (frame) => void draw(frame),
      end: (error) => {
        if (own !== connection) return;
        connection = null;
        ended = !error && Boolean(facts?.from);
        $('again').hidden = !ended;
        clearTimeout(timer);
        // Soon: it may be the link that is over.
        timer = setTimeout(look, 500);
        render();
      },
    });
    connection = own;
  };

  const look = async () => {
    clearTimeout(timer);
    timer = setTimeout(look, 3000);
    try {
      const response = await fetch(urlOf('/link', { link }), { cache: 'no-store' });
      if (response.status === 401) return over('This link is over, or was taken back. Ask who sent it for another.');
      if (response.status === 403) return over((await refusal(response)).message);
      if (!response.ok) throw await refusal(response);
      facts = await response.json();
      document.title = `${facts.connector} · Framespool`;
      $('name').textContent = facts.connector;
      $('until').textContent = `this link opens it until ${timeText(facts.expires)}`;
      $('span').textContent = facts.from ? `${timeText(facts.from)} to ${timeText(facts.to)}` : '';
      $('snapshot').href = urlOf('/snapshot', { link });
      $('clip').href = urlOf('/clip', { link });
      $('snapshot').hidden = false;
      $('clip').hidden = !facts.has_clip;
      if (!connection && !ended) play();
      render();
    } catch (error) {
      say('stalled', 'away', error instanceof Refused ? error.message : 'The worker does not answer; this page tries again.');
    }
  };
  $('again').onclick = play;
  void look();
})();
