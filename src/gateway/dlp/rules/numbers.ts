import type { OwnRule } from './own.ts';

/**
 * Rules for numbers of payment cards and bank accounts, which run only if `dlp` asks for them. Such numbers have no
 * keyword.
 */
export const NUMBER_RULES: readonly OwnRule[] = [
  {
    id: 'card-number',
    // Visa, Mastercard, American Express, Discover, JCB and UnionPay, without separators or in the groups of a printed
    // card.
    regex: String.raw`(?:^|[^0-9A-Za-z.+/=_-])((?:4[0-9]{3}|5[1-5][0-9]{2}|2(?:2[2-9][0-9]|[3-6][0-9]{2}|7[01][0-9]|720)|6(?:011|4[4-9][0-9]|5[0-9]{2}|2[0-9]{2})|35[2-8][0-9])(?:[ -]?[0-9]{4}){3}|3[47][0-9]{2}[ -]?[0-9]{6}[ -]?[0-9]{5})(?:[^0-9A-Za-z+/=_-]|$)`,
    keywords: [],
    check: 'luhn',
    detector: 'card_numbers',
    source:
      'ISO/IEC 7812-1; https://en.wikipedia.org/wiki/Payment_card_number#Issuer_identification_number_(IIN)',
  },
  {
    id: 'iban',
    regex: String.raw`\b([A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?)\b`,
    keywords: [],
    check: 'mod97',
    detector: 'iban',
    source: 'ISO 13616-1',
  },
];
