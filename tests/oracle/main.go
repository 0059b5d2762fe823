// Oracle answers with golang.org/x/mod's own client what goseal must answer with its own.
//
//	oracle h1 VERSION..     the h1 of golang.org/toolchain@VERSION by the checksum database
//	oracle zip - FILE       the h1 of a module zip by dirhash
//	oracle note KEY FILE    opens a signed note under a verifier key and prints its text
//	oracle proof KEY FILE   checks an exported proof and prints its record; `-` is the real key
package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"

	"golang.org/x/mod/sumdb"
	"golang.org/x/mod/sumdb/dirhash"
	"golang.org/x/mod/sumdb/note"
)

const (
	module = "golang.org/toolchain"
	name   = "sum.golang.org"
	key    = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
)

// ops keeps state in memory and reads through the module proxy of Go's own configuration.
type ops struct {
	base   string
	mu     sync.Mutex
	config map[string][]byte
}

func (o *ops) ReadRemote(path string) ([]byte, error) {
	answer, err := http.Get(o.base + path)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", path, answer.Status)
	}
	return io.ReadAll(answer.Body)
}

func (o *ops) ReadConfig(file string) ([]byte, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if file == "key" {
		return []byte(key), nil
	}
	return o.config[file], nil
}

func (o *ops) WriteConfig(file string, old, new []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if string(o.config[file]) != string(old) {
		return sumdb.ErrWriteConflict
	}
	o.config[file] = new
	return nil
}

func (o *ops) ReadCache(string) ([]byte, error) { return nil, errors.New("no cache") }
func (o *ops) WriteCache(string, []byte)        {}
func (o *ops) Log(string)                       {}
func (o *ops) SecurityError(message string)     { fail(errors.New(message)) }

func fail(err error) {
	fmt.Fprintln(os.Stderr, "oracle:", err)
	os.Exit(1)
}

func base() string {
	list, err := exec.Command("go", "env", "GOPROXY").Output()
	if err != nil {
		fail(err)
	}
	first := strings.FieldsFunc(strings.TrimSpace(string(list)), func(r rune) bool { return r == ',' || r == '|' })[0]
	return strings.TrimSuffix(first, "/") + "/sumdb/" + name
}

func printH1(version string) {
	client := sumdb.NewClient(&ops{base: base(), config: map[string][]byte{}})
	lines, err := client.Lookup(module, version)
	if err != nil {
		fail(err)
	}
	for _, line := range lines {
		fmt.Println(strings.Fields(line)[2])
	}
}

func main() {
	if len(os.Args) < 3 {
		fail(errors.New("usage: oracle h1 VERSION.. | zip - FILE | note KEY FILE | proof KEY FILE"))
	}
	switch os.Args[1] {
	case "h1":
		for _, version := range os.Args[2:] {
			printH1(version)
		}
	case "zip":
		hash, err := dirhash.HashZip(os.Args[3], dirhash.Hash1)
		if err != nil {
			fail(err)
		}
		fmt.Println(hash)
	case "note":
		verifier, err := note.NewVerifier(os.Args[2])
		if err != nil {
			fail(err)
		}
		text, err := os.ReadFile(os.Args[3])
		if err != nil {
			fail(err)
		}
		opened, err := note.Open(text, note.VerifierList(verifier))
		if err != nil {
			fail(err)
		}
		fmt.Print(opened.Text)
	case "proof":
		under := os.Args[2]
		if under == "-" {
			under = key
		}
		checkProof(under, string(must(os.ReadFile(os.Args[3]))))
	}
}
