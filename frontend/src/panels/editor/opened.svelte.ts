/** The wire on which one looks for a layer to put in, if any. */

import type { End } from '../../graph/edit';

class Opened {
  end = $state.raw<End | null>(null);
}

export const opened = new Opened();
