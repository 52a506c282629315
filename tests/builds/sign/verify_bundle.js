// Verify one Sigstore bundle with one public key: node verify_bundle.js BUNDLE KEY. Prints "verified" or why not.
const { readFileSync } = require('node:fs');
const { createPublicKey } = require('node:crypto');
const { bundleFromJSON } = require('@sigstore/bundle');
const { Verifier, toSignedEntity, toTrustMaterial } = require('@sigstore/verify');
const { TrustedRoot } = require('@sigstore/protobuf-specs');

const bundle = bundleFromJSON(JSON.parse(readFileSync(process.argv[2], 'utf8')));
const der = createPublicKey(readFileSync(process.argv[3])).export({ type: 'spki', format: 'der' });
const root = TrustedRoot.fromJSON({
  mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
  tlogs: [], certificateAuthorities: [], ctlogs: [], timestampAuthorities: [],
});
const keys = {
  [bundle.verificationMaterial.content.publicKey.hint]: {
    rawBytes: der, keyDetails: 'PKIX_ECDSA_P256_SHA_256', validFor: { start: '2000-01-01T00:00:00Z' },
  },
};
const { PublicKey } = require('@sigstore/protobuf-specs');
const found = Object.fromEntries(Object.entries(keys).map(([hint, key]) => [
  hint, PublicKey.fromJSON({ ...key, rawBytes: key.rawBytes.toString('base64') }),
]));
const verifier = new Verifier(toTrustMaterial(root, found), { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 });
try {
  verifier.verify(toSignedEntity(bundle));
  console.log('verified');
} catch (error) {
  console.log(`${error.code}: ${error.message}`);
}
