import { EXIT } from '../exit-codes.js';
import type { Leaf } from '../leaf.js';
import { Stack } from '../stack/stack.js';
import { checkInstallation } from './check-installation.js';
import { checkParts } from './check-parts.js';
import type { Finding } from './finding.js';

export const doctorCommand: Leaf<object> = {
  usage: 'doctor',
  summary: 'Look at what is installed, running and reachable, and say what to do about what is not',
  examples: ['./holdfast doctor', './holdfast doctor --json'],
  run: async (context) => {
    const stack = new Stack(context.env, context.repository);
    const findings = [...(await checkInstallation(stack.places)), ...(await checkParts(context, stack))];
    const bad = findings.filter((finding) => finding.verdict === 'bad').length;
    context.rows<Finding>(
      findings,
      [
        { header: 'what', cell: (finding) => finding.what },
        { header: 'verdict', cell: (finding) => finding.verdict, paint: (text, finding) => context.paint(COLOURS[finding.verdict], text) },
        { header: 'found', cell: (finding) => finding.found },
        { header: 'what to do', cell: (finding) => finding.advice },
      ],
      { healthy: bad === 0, findings },
    );
    return bad === 0 ? EXIT.ok : EXIT.failed;
  },
};

const COLOURS = { good: 'green', note: 'yellow', bad: 'red' } as const;
