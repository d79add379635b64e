/** A captured step as cards and cables: as far as folds are open, and exactly what the document has, no more. */

import type { Atlas, Item } from './capture';
import { bare, cardsOf, sized, titleOf } from './traced';
import type { Cable, TracedCard, Tracing } from './traced';

/** Draw a captured step with some folds open. */
export function traced(atlas: Atlas, open: ReadonlySet<string>): Tracing {
  const drawing = new Drawing(atlas, open);
  for (const { id } of atlas.capture.values) drawing.lead(id, 'forward');
  for (const { id } of atlas.capture.values) drawing.lead(id, 'backward');
  return drawing.done();
}

class Drawing {
  readonly #atlas: Atlas;
  readonly #open: ReadonlySet<string>;
  readonly #cards: Map<string, TracedCard>;
  readonly #cables = new Map<string, Cable>();
  /** Forward cables by level and value: what comes back for the value goes along them. */
  readonly #ways = new Map<string, Cable[]>();

  constructor(atlas: Atlas, open: ReadonlySet<string>) {
    this.#atlas = atlas;
    this.#open = open;
    this.#cards = cardsOf(atlas, open);
  }

  /** Lead a value from what makes it to all that read it, through the edges of open folds. */
  lead(id: string, phase: 'forward' | 'backward'): void {
    const maker = this.#atlas.maker.get(id);
    const isBack = (maker?.phase ?? 'forward') === 'backward';
    const source = this.#atlas.sourceOf(id);
    if (!source || isBack !== (phase === 'backward')) return;
    for (const reader of this.#atlas.readers.get(id) ?? []) {
      const target = { id: reader.id, home: this.#atlas.homeOf(reader) };
      this.#leadTo(id, source, target, { isBack, isSaved: !isBack && reader.phase === 'backward' });
    }
    for (const home of isBack ? this.#learners(id) : [])
      this.#leadTo(id, source, home, { isBack, isSaved: false });
  }

  /** What nothing computes, and whose gradient a value is: parameters. */
  #learners(id: string): Item[] {
    const { belongs, maker, values } = this.#atlas;
    return (belongs.get(id) ?? [])
      .filter((owner) => !maker.has(owner) && values.get(owner)?.gradient === id)
      .flatMap((owner) => this.#atlas.sourceOf(owner) ?? []);
  }

  done(): Tracing {
    const links = [...this.#cables.values()];
    return { cards: sized([...this.#cards.values()], links), links };
  }

  #leadTo(value: string, source: Item, target: Item, how: How): void {
    const [up, down] = [this.#stops(source), this.#stops(target)];
    const common = sharedBy(up, down);
    const level = up[common - 1] ?? '';
    // Out through the edges of the folds around the source, across, and in through those around the target.
    let from = up.at(-1) ?? '';
    for (const fold of up.slice(common, -1).reverse()) {
      this.#join(value, fold, from, this.#pin(fold, value, how.isBack ? '>' : '<', how), how);
      from = fold;
    }
    this.#join(value, level, from, down[common] ?? '', how);
    down.slice(common, -1).forEach((fold, i) => {
      const pin = this.#pin(fold, value, how.isBack ? '<' : '>', how);
      this.#join(value, fold, pin, down[common + i + 1] ?? '', how);
    });
  }

  /** The cards that something is seen as: all open folds around it, and itself or the closed fold that hides it. */
  #stops({ id, home }: Item): string[] {
    const line = this.#atlas.lineOf(home);
    const closed = line.findIndex((path) => !this.#open.has(path));
    if (closed >= 0) return line.slice(0, closed + 1);
    return [...line, this.#cards.has(`#${id}`) ? `#${id}` : `$${id}`];
  }

  /** Where a value passes the edge of an open fold. What comes back passes where its value went. */
  #pin(fold: string, value: string, side: Side, { isBack }: How): string {
    const owners = isBack ? (this.#atlas.belongs.get(value) ?? []) : [];
    const known = owners.map((owner) => `${fold}${side}${owner}`).find((id) => this.#cards.has(id));
    const id = known ?? `${fold}${side}${value}`;
    if (!this.#cards.has(id))
      this.#cards.set(id, {
        ...bare(id, fold, titleOf(this.#atlas, value)),
        of: value,
        value,
        isBack,
        kind: side === '>' ? 'in' : 'out',
      });
    return id;
  }

  #join(value: string, level: string, from: string, to: string, how: How): void {
    if (from === to) return;
    if (!how.isBack) {
      const cable = this.#cable(level, from, to, value, how);
      if (!cable.forward.includes(value)) cable.forward.push(value);
      cable.isSaved &&= how.isSaved;
      const key = `${level}|${value}`;
      const known = this.#ways.get(key);
      if (!known) this.#ways.set(key, [cable]);
      else if (!known.includes(cable)) known.push(cable);
      return;
    }
    const ways = this.#waysBack(value, level, from, to);
    for (const way of ways.length ? ways : [this.#cable(level, to, from, value, how)])
      if (!way.back.includes(value)) way.back.push(value);
  }

  /** The forward cables that something which comes back goes along: from where its value is made to where it is read. */
  #waysBack(value: string, level: string, from: string, to: string): Cable[] {
    const owners = this.#atlas.belongs.get(value) ?? [];
    const ways = owners.flatMap((owner) => this.#ways.get(`${level}|${owner}`) ?? []);
    const direct = ways.filter((cable) => cable.from === to && cable.to === from);
    if (direct.length || owners.length < 2) return direct;
    // An addition hands on the very same: from card to card, each of which hands it on.
    const found: Cable[] = [];
    const open = ways.filter((cable) => cable.from === to);
    for (let way = open.pop(); way; way = open.pop()) {
      if (found.includes(way)) continue;
      found.push(way);
      const at = way.to;
      if (at !== from) open.push(...ways.filter((cable) => cable.from === at));
    }
    return found.some((way) => way.to === from) ? found : [];
  }

  #cable(level: string, from: string, to: string, value: string, how: How): Cable {
    const own = `${from}|${to}${how.isBack ? '|back' : ''}`;
    let cable = this.#cables.get(own);
    if (!cable) {
      const isWhole = isFoldLike(this.#cards.get(from)) && isFoldLike(this.#cards.get(to));
      const port = isWhole || how.isBack ? own : value;
      cable = {
        id: own,
        level,
        from,
        to,
        outlet: port,
        end: { port: own },
        forward: [],
        back: [],
        isSaved: how.isSaved,
      };
      this.#cables.set(own, cable);
    }
    return cable;
  }
}

interface How {
  isBack: boolean;
  isSaved: boolean;
}
type Side = '>' | '<';

const isFoldLike = (card: TracedCard | undefined): boolean =>
  card?.sort === 'fold' || card?.sort === 'frame';

/** How many open folds are around both. */
function sharedBy(up: readonly string[], down: readonly string[]): number {
  const most = Math.min(up.length, down.length) - 1;
  let common = 0;
  while (common < most && up[common] === down[common]) common++;
  return common;
}
