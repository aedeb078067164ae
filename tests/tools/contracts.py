"""An import contract of our own: modules that live on the standard library and themselves."""

from __future__ import annotations

import sys

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class StandardLibrary(Contract):
    """All `modules`, with what is below them, import the standard library and each other, nothing else."""

    modules = fields.ListField(subfield=fields.ModuleExpressionField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """List every import that leaves the standard library."""
        found = strangers(graph, [str(module) for module in self.modules])  # type: ignore[attr-defined]
        return ContractCheck(kept=not found, metadata={"found": found})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Name the lines to change."""
        for importer, imported in check.metadata["found"]:
            output.print_error(f"{importer} imports {imported}", bold=False)


def strangers(graph: ImportGraph, names: list[str]) -> list[tuple[str, str]]:
    """The imports made by `names` and what is below them, of anything neither theirs nor in the standard library."""
    own = {module for name in names for module in (name, *graph.find_descendants(name))}
    return sorted(
        (importer, imported)
        for importer in own
        for imported in graph.find_modules_directly_imported_by(importer)
        if imported not in own and imported.partition(".")[0] not in sys.stdlib_module_names
    )
