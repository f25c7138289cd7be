"""What nothing in the store uses any more: generations cut off or replaced, and indices of earlier builds."""

from __future__ import annotations

from dataclasses import dataclass

from workers.errors import StoreDown
from workers.index.place import Cluster, Directory, place, using
from workers.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """Something that can be deleted without anybody missing it."""

    name: str
    why: str
    """In words."""
    bytes: int


def leftovers(settings: Settings) -> tuple[Leftover, ...]:
    """What could be deleted. Raises StoreDown, ConfigError."""
    where = place(settings)
    return _of_cluster(where) if isinstance(where, Cluster) else _of_directory(where)


def clear(settings: Settings) -> tuple[Leftover, ...]:
    """Delete it; only while no generation is being made. Returns what was deleted."""
    where, found = place(settings), leftovers(settings)
    if isinstance(where, Cluster):
        from workers.index.cluster import asking, connect  # noqa: PLC0415 # 20 MB a directory does not need

        with asking(where), connect(where) as client:
            for one in found:
                client.indices.delete(index=one.name)
        return found
    from workers.index.embedded import remove  # noqa: PLC0415

    with using(where, "clearing"):
        for one in found:
            if one.name == where.articles.name:
                for file in where.path.glob(f"{one.name}*"):
                    file.unlink(missing_ok=True)
            else:
                remove(where.path / one.name)
    return found


def _of_cluster(cluster: Cluster) -> tuple[Leftover, ...]:
    from workers.index.cluster import asking, connect  # noqa: PLC0415 # 20 MB a directory does not need

    with asking(cluster), connect(cluster) as client:
        pattern = f"{cluster.index}-v*"
        unused = [name for name, about in client.indices.get_alias(index=pattern).items() if not about["aliases"]]
        sizes = client.indices.stats(index=pattern, metric="store")["indices"]
    return tuple(
        Leftover(name=name, why="behind no alias", bytes=int(sizes[name]["total"]["store"]["size_in_bytes"]))
        for name in sorted(unused)
    )


def _of_directory(directory: Directory) -> tuple[Leftover, ...]:
    from workers.index import words  # noqa: PLC0415 # loads tantivy

    with using(directory, "looking for leftovers"):
        present = directory.present()
        if not present.articles.exists() and directory.generations():
            raise StoreDown(f"store {directory.path}: its present generation is not there: nothing is deleted")
        replaced = [one for one in directory.generations() if one != present]
        found = [
            Leftover(name=_name(one, directory), why="not the present generation", bytes=_size(one)) for one in replaced
        ]
        homes = {directory.path, present.path}
        indices = [folder for home in sorted(homes) for folder in sorted(home.glob("index-*"))]
        found += [
            Leftover(
                name=str(folder.relative_to(directory.path)),
                why="an index of another build or generation",
                bytes=_size(Directory(path=folder)),
            )
            for folder in indices
            if folder != present.path / words.DIRECTORY
        ]
    return tuple(found)


def _name(generation: Directory, directory: Directory) -> str:
    return generation.articles.name if generation == directory else generation.path.name


def _size(directory: Directory) -> int:
    if directory.articles.exists():
        return sum(file.stat().st_size for file in directory.path.glob(f"{directory.articles.name}*"))
    return sum(file.stat().st_size for file in directory.path.rglob("*") if file.is_file())
