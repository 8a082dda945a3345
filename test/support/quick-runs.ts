import * as fc from 'fast-check';

// `npm run check` tries each property a tenth as often as `npm test`: other inputs each time, and soon done.
fc.configureGlobal({ ...fc.readConfigureGlobal(), numRuns: 10 });
