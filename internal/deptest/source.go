package deptest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Use is a function that mentions a name, and how often.
type Use struct {
	Package string // below the module
	Func    string // the function, or "Type.method"; empty outside functions
	Count   int
}

// String is one line of an audit list: package, function and count.
func (u Use) String() string {
	name := u.Func
	if name == "" {
		name = "(no function)"
	}
	return fmt.Sprintf("%s %s %d", u.Package, name, u.Count)
}

// Sources calls fn for each Go file below root that is no test, whatever system it is built for, with the folder below root.
func Sources(root string, fn func(dir string, file *ast.File) error) error {
	return filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			if name != ".." && strings.HasPrefix(name, ".") || name == "build" || name == "testdata" {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		dir, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		return fn(filepath.ToSlash(dir), file)
	})
}

// Uses returns who below root mentions name, by package and function, sorted. The declaration of a function or method of that name does not
// count. Names are compared without types, so that nothing hides behind an interface, a method value or an embedded field.
func Uses(root, name string) ([]Use, error) {
	counts := map[Use]int{}
	err := Sources(root, func(dir string, file *ast.File) error {
		for _, decl := range file.Decls {
			where := Use{Package: dir}
			f, isFunc := decl.(*ast.FuncDecl)
			if isFunc {
				where.Func = funcName(f)
			}
			ast.Inspect(decl, func(n ast.Node) bool {
				if id, ok := n.(*ast.Ident); ok && id.Name == name && (!isFunc || id != f.Name) {
					counts[where]++
				}
				return true
			})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for %s: %w", name, err)
	}
	var uses []Use
	for use, count := range counts {
		use.Count = count
		uses = append(uses, use)
	}
	slices.SortFunc(uses, func(a, b Use) int { return strings.Compare(a.String(), b.String()) })
	return uses, nil
}

// Declarations returns the packages below root that declare a function or method called name, one entry for each.
func Declarations(root, name string) ([]string, error) {
	var packages []string
	err := Sources(root, func(dir string, file *ast.File) error {
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Name.Name == name {
				packages = append(packages, dir)
			}
		}
		return nil
	})
	return packages, err
}

// Literals adds to found the string literals of at least length bytes in file, without import paths.
func Literals(found map[string]bool, file *ast.File, length int) {
	for _, decl := range file.Decls {
		if g, ok := decl.(*ast.GenDecl); ok && g.Tok == token.IMPORT {
			continue
		}
		ast.Inspect(decl, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if text, err := strconv.Unquote(lit.Value); err == nil && len(text) >= length {
					found[text] = true
				}
			}
			return true
		})
	}
}

// funcName is a function's name, with the type before it for a method.
func funcName(f *ast.FuncDecl) string {
	if f.Recv == nil || len(f.Recv.List) == 0 {
		return f.Name.Name
	}
	recv := f.Recv.List[0].Type
	for {
		switch t := recv.(type) {
		case *ast.StarExpr:
			recv = t.X
		case *ast.IndexExpr:
			recv = t.X
		case *ast.IndexListExpr:
			recv = t.X
		case *ast.Ident:
			return t.Name + "." + f.Name.Name
		default:
			return "?." + f.Name.Name
		}
	}
}
