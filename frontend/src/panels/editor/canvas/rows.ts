/** What the field over the canvas offers. */

import { shapeText, titleOf } from '../../../graph/stages';
import { usualRank } from '../../../graph/usual';
import { say } from '../../../messages/say';
import type { LayerEntry } from '../../../wire/schema';
import { kindName } from '../../network/words';
import { add } from './adding';
import { endOf, lead, refusal } from './wires';
import type { Adding, Question } from './asked';
import type { Board } from './board.svelte';
import { wordsOf } from './words';

export interface Row {
  key: string;
  label: string;
  hint: string;
  /** Why it cannot be; null: it can. */
  refused: string | null;
  run: () => void;
}

/** The rows that fit what is typed. */
export function rowsFor(board: Board, question: Question, query: string): Row[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (...texts: string[]): boolean => {
    const text = texts.join(' ').toLowerCase();
    return words.every((word) => text.includes(word));
  };
  if (question.kind === 'find') return cardRows(board, fits);
  if (question.kind === 'target') return targetRows(board, question.from, fits);
  return layerRows(board, question.how, words, fits);
}

type Fits = (...texts: string[]) => boolean;

function cardRows(board: Board, fits: Fits): Row[] {
  return board.diagram.cards
    .map((card) => {
      const entry = board.layers.get(String(card.layer?.['kind']));
      const shape = card.outlets[0]?.spec ? shapeText(card.outlets[0].spec) : '';
      return {
        key: card.id,
        label: card.title,
        hint: [wordsOf(card, entry), shape].filter(Boolean).join(' · '),
        refused: null,
        run: () => void board.go(card.id),
      };
    })
    .filter(({ label, hint, key }) => fits(label, hint, key));
}

/** Ports that can take it first, nearest in the document; then those that cannot, with the reason. */
function targetRows(board: Board, id: string, fits: Fits): Row[] {
  const from = board.card(id);
  const outlet = board.aiming?.outlet ?? from?.outlets[0]?.port;
  if (!from || outlet === undefined) return [];
  const rows = board.diagram.cards
    .filter((card) => card.level === from.level && card.id !== id)
    .flatMap((card) =>
      card.ports.map(({ port, label, source }) => ({
        key: `${card.id}@${port}`,
        label: card.ports.length > 1 ? `${card.title} · ${label}` : card.title,
        hint:
          source === null
            ? say('canvas.target.open')
            : say('canvas.target.instead', { source: titleOf(source) }),
        refused: refusal(board, card.id, port),
        isOpen: source === null,
        run: () => {
          lead(board, from, outlet, card, endOf(card, port));
          void board.go(card.id);
        },
      })),
    )
    .filter(({ label }) => fits(label));
  // A port that is still open comes before one that would lose its wire.
  const rank = ({ refused, isOpen }: (typeof rows)[number]): number =>
    refused !== null ? 2 : isOpen ? 0 : 1;
  return rows.toSorted((a, b) => rank(a) - rank(b));
}

function layerRows(board: Board, how: Adding, words: string[], fits: Fits): Row[] {
  const rank = ({ kind, title }: LayerEntry): number => {
    const name = `${kind} ${title}`.toLowerCase();
    const isNamed = words.length > 0 && words.every((word) => name.includes(word));
    return (isNamed ? 0 : 100) + usualRank(kind);
  };
  return [...board.layers.values()]
    .filter(({ kind, title, help }) => fits(kind, title, help, kindName(kind)))
    .toSorted((a, b) => rank(a) - rank(b))
    .map(({ kind, title, help }) => {
      const offer = board.offers?.get(kind);
      const shape = offer?.output ? `→ ${shapeText(offer.output)}` : '';
      const line = help.split(/(?<=\.)\s/)[0] ?? '';
      return {
        key: kind,
        label: title,
        hint: [line, shape].filter(Boolean).join(' '),
        refused: how.way === 'alone' ? null : (offer?.problem ?? null),
        run: () => {
          void add(board, kind, how);
        },
      };
    })
    .toSorted((a, b) => Number(a.refused !== null) - Number(b.refused !== null));
}
