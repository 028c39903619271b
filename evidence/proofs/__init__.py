"""What lets a stranger check a bundle: signature, time stamps, clock, and the ways in which it is handed over.

A build uses it so: `signer = signing.signer()`; `heads = heads.of_case(case_id)` (its record goes to data/, its files
to the prover); `prover = prove.Prover(signer=signer, heads=heads.files)`, whose `time_source` and `signed_by` stand in
manifest.json; `level = pades.sign(packet, signer=signer)` on the finished PDF; `write_bag(..., prove=prover)`; and
`actions.proof.keep(bundle=…, proved=prover.proved, level=level, …)` in the transaction that seals the bundle.
"""
