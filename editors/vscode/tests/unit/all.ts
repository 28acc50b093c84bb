// All tests of functions that need no editor.

import './amount.ts';
import './breakdown.ts';
import './diagnosis.ts';
import './label.ts';
import './manifest.ts';
import './program.ts';
import './tooltip.ts';
import './view.ts';
import './wording.ts';
