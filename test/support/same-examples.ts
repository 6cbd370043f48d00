import fc from 'fast-check';

/** Property tests try the same examples in every run, so that none fails for what another run would not have tried; `HOLDFAST_TEST_SEED` gives others. */
fc.configureGlobal({ seed: Number(process.env['HOLDFAST_TEST_SEED'] ?? 20_261_121) });
