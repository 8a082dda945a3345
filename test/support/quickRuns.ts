import * as fc from 'fast-check';

// `npm run check` tries each property a quarter as often as `npm test`: other inputs each time, and soon done.
fc.configureGlobal({ ...fc.readConfigureGlobal(), numRuns: 25 });
