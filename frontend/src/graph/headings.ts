/** Headings of columns: as much of each as stands beside its neighbours without touching them. */

/** What a column could be called: its name, and what it is, the longest way of saying it first. */
export interface Wording {
  /** Headings of one row stand beside each other. */
  row: number;
  middle: number;
  title: string;
  kinds: readonly string[];
  /** Columns of one family say as much as each other. */
  family: string;
}

export interface Heading {
  title: string;
  kind: string;
  /** Room of a name that is too long for its place; null: there is enough. */
  most: number | null;
}

/** How wide texts are, in pixels. */
export interface Ruler {
  title: (text: string) => number;
  kind: (text: string) => number;
}

/** Room between two headings. */
const APART = 10;

/** Choose the words. Where even names do not fit, they are cut in the proportion of their lengths. */
export function fitHeadings(wordings: readonly Wording[], ruler: Ruler, width: number): Heading[] {
  const levels = new Map<string, number>();
  const given = ({ family }: Wording): number => levels.get(family) ?? 0;
  const kindAt = (each: Wording): string => each.kinds[given(each)] ?? '';
  const breadth = (each: Wording): number =>
    Math.max(ruler.title(each.title), ruler.kind(kindAt(each)));
  const canGive = (each: Wording): boolean =>
    kindAt(each) !== '' && ruler.kind(kindAt(each)) > ruler.title(each.title);
  const give = (each: Wording): void => {
    levels.set(each.family, given(each) + 1);
  };
  for (;;) {
    const tight = [
      ...pairs(wordings).filter(touch),
      ...wordings.filter(outside).map((one) => [one]),
    ];
    const giver = tight.flatMap(widest).at(0);
    if (!giver) break;
    give(giver);
  }
  return wordings.map((each) => ({
    title: each.title,
    kind: kindAt(each),
    most: roomOf(each),
  }));

  function touch([a, b]: [Wording, Wording]): boolean {
    return b.middle - a.middle < (breadth(a) + breadth(b)) / 2 + APART;
  }

  function outside(each: Wording): boolean {
    const half = breadth(each) / 2;
    return each.middle - half < 0 || each.middle + half > width;
  }

  function widest(some: Wording[]): Wording[] {
    // Who has given least gives first, and among those who says most.
    return some
      .filter(canGive)
      .toSorted((a, b) => given(a) - given(b) || ruler.kind(kindAt(b)) - ruler.kind(kindAt(a)));
  }

  function roomOf(each: Wording): number | null {
    const own = ruler.title(each.title);
    const shares = pairs(wordings)
      .filter((pair) => pair.includes(each) && touch(pair))
      .map(([a, b]) => {
        const both = ruler.title(a.title) + ruler.title(b.title);
        return (2 * (b.middle - a.middle - APART) * own) / both;
      });
    return shares.length ? Math.max(0, Math.floor(Math.min(...shares))) : null;
  }
}

/** Neighbours of each row, from left to right. */
function pairs(wordings: readonly Wording[]): [Wording, Wording][] {
  const rows = [...new Set(wordings.map(({ row }) => row))];
  return rows.flatMap((row) => {
    const ordered = wordings
      .filter((each) => each.row === row)
      .toSorted((a, b) => a.middle - b.middle);
    return ordered.slice(1).map((b, i): [Wording, Wording] => [ordered[i] ?? b, b]);
  });
}
