"""What is asked of a loaded page, in a world of its own that the page's scripts cannot reach. Standard library only."""

SIGNALS = """(() => {
  const clean = (text, most) => String(text || '').replace(/\\s+/g, ' ').trim().slice(0, most);
  const body = document.body;
  const shown = (node) => { const b = node.getBoundingClientRect(); return b.width > 1 && b.height > 1; };
  const text = body ? body.innerText : '';
  const wide = innerWidth, high = innerHeight;
  let covered = 0, cover = null;
  const places = [[.5,.5],[.25,.5],[.75,.5],[.5,.25],[.5,.75],[.25,.25],[.75,.25],[.25,.8],[.75,.8],[.5,.92]];
  const votes = new Map();
  for (const [x, y] of places) {
    for (let node = document.elementFromPoint(wide * x, high * y); node && node !== body; node = node.parentElement) {
      const place = getComputedStyle(node).position;
      if (place === 'fixed' || node.tagName === 'DIALOG' || node.getAttribute('aria-modal') === 'true') {
        votes.set(node, (votes.get(node) || 0) + 1); break;
      }
    }
  }
  for (const [node, n] of votes) if (n > covered) { covered = n; cover = node; }
  const host = (url) => { try { return new URL(url, location.href).hostname; } catch { return ''; } };
  return {
    title: clean(document.title, 300),
    address: location.href.slice(0, 4000),
    headings: [...document.querySelectorAll('h1')].slice(0, 5).map((node) => clean(node.innerText, 300)),
    text_length: text.trim().length,
    covered: covered / places.length,
    cover_text: cover ? clean(cover.innerText, 800) : '',
    all_covers: [...votes.keys()].map((node) => clean(node.innerText, 800)).slice(0, 5),
    passwords: [...document.querySelectorAll('input[type=password]')].filter(shown).length,
    scripts: document.scripts.length,
    noscript: clean([...document.querySelectorAll('noscript')].map((node) => node.textContent).join(' '), 300),
    frames: [...document.querySelectorAll('iframe')].slice(0, 30).map((node) => host(node.src)),
    media: document.querySelectorAll('img,video,audio,picture,canvas').length,
    language: clean(document.documentElement.lang, 20),
    scroll_locked: body ? getComputedStyle(body).overflowY === 'hidden' : false,
  };
})()"""

TEXT = "(document.body ? document.body.innerText : '').slice(0, %d)"

SOURCE = """(() => {
  const kind = document.doctype ? '<!DOCTYPE ' + document.doctype.name + '>' : '';
  return (kind + (document.documentElement ? document.documentElement.outerHTML : '')).slice(0, %d);
})()"""
