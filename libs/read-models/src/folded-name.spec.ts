import fc from 'fast-check';
import { foldName } from '#domain';
import { foldedName } from './folded-name';

it('names fold in the read models as they do where they are reserved', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (name) => foldedName(name) === foldName(name)));
  expect(foldedName(' Straße ＡＢＣ ﬁ ')).toBe(foldName(' Straße ＡＢＣ ﬁ '));
});
