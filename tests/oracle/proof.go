package main

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// must ends the program where something does not verify.
func must[T any](value T, err error) T {
	if err != nil {
		fail(err)
	}
	return value
}

// checkProof checks what `goseal verify --export` writes, with nothing of goseal's: the signature of
// the database over its tree, and the record's place in that tree. It prints the record, whose first
// line ends with the h1 of the toolchain. docs/proofs.md shows its lines; a test holds them equal.
func checkProof(key, proof string) {
	parts := strings.SplitN(proof, "\n\n", 3)
	claim := strings.SplitN(parts[0], "\n", 3)
	number := must(strconv.ParseInt(strings.TrimPrefix(claim[1], "record "), 10, 64))
	signed := must(note.Open([]byte(parts[2]), note.VerifierList(must(note.NewVerifier(key)))))
	tree := must(tlog.ParseTree([]byte(signed.Text)))
	var hashes tlog.RecordProof
	for _, line := range strings.Fields(parts[1]) {
		hashes = append(hashes, must(tlog.ParseHash(line)))
	}
	leaf := tlog.RecordHash([]byte(claim[2] + "\n"))
	must(0, tlog.CheckRecord(hashes, tree.N, tree.Hash, number, leaf))
	fmt.Println(claim[2])
}
