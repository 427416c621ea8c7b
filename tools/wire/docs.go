package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
)

// typeDoc is what the source says of a struct.
type typeDoc struct {
	file   string // the file's name without its ending
	order  int    // in the file
	text   string
	fields map[string]string // by their Go names
}

// documented are the packages whose types cross the ABI.
var documented = []string{"core", "capi/bridge"}

// readDocs reads the comments of the structs of these packages, by "package.Type".
func readDocs(root string) (map[string]*typeDoc, error) {
	docs := map[string]*typeDoc{}
	for _, folder := range documented {
		entries, err := os.ReadDir(filepath.Join(root, folder))
		if err != nil {
			return nil, err
		}
		for _, entry := range entries {
			name := entry.Name()
			if entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, folder, name), nil, parser.ParseComments)
			if err != nil {
				return nil, err
			}
			readFile(docs, file, strings.TrimSuffix(name, ".go"))
		}
	}
	return docs, nil
}

func readFile(docs map[string]*typeDoc, file *ast.File, name string) {
	for order, decl := range file.Decls {
		types, ok := decl.(*ast.GenDecl)
		if !ok || types.Tok != token.TYPE {
			continue
		}
		for _, spec := range types.Specs {
			spec := spec.(*ast.TypeSpec)
			doc := &typeDoc{file: name, order: order, text: sentence(types.Doc, spec.Doc), fields: map[string]string{}}
			if body, ok := spec.Type.(*ast.StructType); ok {
				for _, field := range body.Fields.List {
					for _, ident := range field.Names {
						doc.fields[ident.Name] = sentence(field.Doc, field.Comment)
					}
				}
			}
			docs[file.Name.Name+"."+spec.Name.Name] = doc
		}
	}
}

// sentence joins the lines of comments.
func sentence(groups ...*ast.CommentGroup) string {
	var parts []string
	for _, group := range groups {
		parts = append(parts, strings.Fields(group.Text())...)
	}
	return strings.Join(parts, " ")
}
