/** Adding a layer: on a wire, behind a card, as a branch, or by itself. */

import type { Card, Link } from '../../../graph/diagram';
import { idFor, insertAfter, insertOnWire, paste } from '../../../graph/edit';
import type { Layer } from '../../../graph/edit';
import { apart, join } from '../../../graph/parts';
import type { Part } from '../../../graph/parts';
import { say } from '../../../messages/say';
import { offerLayers } from '../../../wire/rest';
import type { Graph, Offer, TensorSpec } from '../../../wire/schema';
import type { Adding, Offers } from './asked';
import type { Board } from './board.svelte';
import { sourceOf } from './wires';

/** Ask which layer is to be added, and what fits there. */
export async function askLayer(board: Board, how: Adding): Promise<void> {
  const question = { kind: 'add', how } as const;
  board.question = question;
  board.offers = null;
  board.offered = offersFor(specAt(board, how));
  const offers = await board.offered;
  if (board.question === question) board.offers = offers;
}

/** What fits onto a wire, by kind; null: nobody knows. */
async function offersFor(spec: TensorSpec | null): Promise<Offers | null> {
  const answer = spec && (await offerLayers(spec).catch(() => null));
  return answer && new Map(answer.offers.map((offer) => [offer.layer.kind, offer]));
}

/** What flows where a layer is to be added. */
function specAt({ diagram, cards }: Board, { id, outlet }: Adding): TensorSpec | null {
  const link = diagram.links.find((each) => each.id === id);
  if (link) return link.spec;
  const outlets = cards.get(id)?.outlets ?? [];
  const from = outlets.find(({ port }) => port === outlet) ?? outlets[0];
  return from?.spec ?? null;
}

/** Add a layer of a kind, with settings that fit: who is quicker than the answer gets the same as who waits for it. */
export async function add(board: Board, kind: string, how: Adding): Promise<void> {
  const offer = (await board.offered)?.get(kind);
  if (offer?.problem && how.way !== 'alone') board.said = offer.problem;
  else put(board, how, offer ?? { layer: { kind } as Layer, inputs: 1 });
}

function put(board: Board, how: Adding, offer: Pick<Offer, 'layer' | 'inputs'>): void {
  const { graph } = board.sheet;
  const { inputs } = offer;
  const layer = alongMaps(offer.layer, specAt(board, how));
  const card = board.card(how.id);
  const link = board.diagram.links.find(({ id }) => id === how.id);
  const scope = link?.level ?? card?.level ?? board.level;
  const id = idFor(graph, scope, layer.kind);
  const made = added(graph, { layer, id, scope, how, card, link, inputs }, board);
  if (made === graph) return;
  const path = join(scope, id);
  if (how.at) board.put([[path, board.spotIn(scope, how.at)]]);
  board.change(say('canvas.did.add', { name: id }), made);
  void board.go(path);
}

/** What joins images joins them map behind map; along their rows or columns is seldom meant. */
function alongMaps(layer: Layer, spec: TensorSpec | null): Layer {
  const isImage = spec?.axes[0] === 'C' && spec.axes.length > 1;
  return layer.kind === 'Concat' && isImage ? { ...layer, axis: 'C' } : layer;
}

interface New {
  layer: Layer;
  id: string;
  scope: string;
  how: Adding;
  card: Card | null;
  link: Link | undefined;
  /** How many of its ports a wire is connected to. */
  inputs: number;
}

function added(graph: Graph, made: New, board: Board): Graph {
  const { layer, id, scope, how, card, link, inputs } = made;
  if (how.way === 'wire') return link ? insertOnWire(graph, link.end, layer, id, inputs) : graph;
  if (how.way === 'behind') return card ? insertAfter(graph, documentPath(card), layer, id) : graph;
  const source = how.way === 'branch' && card ? [sourceOf(card, outletIn(card, how))] : [];
  return paste(graph, scope, [{ id, layer, inputs: feeding(board, layer.kind, source) }]);
}

/** What feeds a new layer: ports that have names are connected in any order. */
function feeding(board: Board, kind: string, source: string[]): Part['inputs'] {
  const { variadic, ports } = board.layers.get(kind) ?? { variadic: false, ports: [] };
  const [port] = ports;
  if (variadic || ports.length < 2 || port === undefined) return source;
  return Object.fromEntries(source.map((each) => [port, each]));
}

const outletIn = (card: Card, { outlet }: Adding): string =>
  outlet ?? card.outlets[0]?.port ?? 'output';

/** A card's path as the document has it: inputs of the network by their name. */
function documentPath({ id, level }: Card): string {
  return join(level, apart(id).id.replace(/^>/, ''));
}
