using Microsoft.Extensions.Logging;
using Plait.Diagnostics;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Storage;
using Plait.Wire.Pt;

namespace Plait.Processes;

/// <summary>
/// Recognises the state of a plaitrc that was renamed. The folder of state bears the file's name; without this, a renamed
/// plaitrc would begin with new keys, and the bridge lines that were handed out would be dead.
/// </summary>
/// <remarks>
/// <para>Another folder is taken over only if no other plaitrc can lay claim to it: no Plait has locked it, and the file
/// that last used it is gone. A file in the folder (<c>server.plaitrc</c>) holds that path. State of an earlier version has no such file; it
/// is taken over if it names exactly our positions and no plaitrc of its name stands beside ours. If several folders
/// fit equally well, none is taken.</para>
/// <para>The files of our role are moved, its register last: a move that was interrupted goes on at the next start.
/// The other role's files stay for the Plait of that role. Where nothing can be moved (a read-only or full disk), the folder is used as it is.</para>
/// </remarks>
/// <param name="owner">The plaitrc and the role.</param>
/// <param name="positions">What its children will do.</param>
/// <param name="logger">Where it is reported.</param>
internal sealed class StateSuccession(StateOwner owner, IReadOnlyCollection<Position> positions, ILogger logger)
{
    private const int MaxFolders = 256; // far beyond any real number of plaitrcs (G6)

    private readonly string _role = StateDirectories.WordOf(owner.Role);

    /// <summary>Records which plaitrc uses the folder. Nothing depends on it before the plaitrc is renamed.</summary>
    internal static void Record(string root, StateOwner owner)
    {
        string file = RecordOf(root, StateDirectories.WordOf(owner.Role));
        if (owner.Path is null || ReadRecord(file) == owner.Path)
        {
            return;
        }

        try
        {
            StateFile.Replace(file, owner.Path);
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            // The disk is full or read-only; the next start tries again.
        }
    }

    /// <summary>Goes on with the state of our chains in another folder, if there is one that is certainly ours.</summary>
    /// <param name="mayMove">Our own folder is there and locked.</param>
    /// <returns>The folder to use, locked; null to use our own.</returns>
    /// <exception cref="IOException">Some files were moved and others cannot be: the next start goes on.</exception>
    internal (string Root, StateLock Lock)? Continue(bool mayMove)
    {
        if (owner.Path is null || positions.Count == 0)
        {
            return null;
        }

        List<Candidate> found = [.. Folders().Select(Look).OfType<Candidate>().OrderByDescending(candidate => candidate.Shared)];
        List<Candidate> free = found.FindAll(candidate => candidate.Objection is null);
        if (free is [var first, var second, ..] && first.Shared == second.Shared)
        {
            return Refuse(first, $"and so does {Shown(second.Root)}, so that it is not certain which is meant");
        }

        if (free is not [var best, ..])
        {
            return found is [var other, ..] ? Refuse(other, other.Objection!) : null;
        }

        return StateLock.TryTake(best.Root, owner.Role) is { } held
            ? TakeOver(best, held, mayMove)
            : Refuse(best, $"another Plait uses it");
    }

    private IEnumerable<string> Folders()
    {
        string home = StateDirectories.HomeOf(owner.Location);
        return !Directory.Exists(home) ? [] : Directory.EnumerateDirectories(home).Take(MaxFolders)
            .Where(folder => Path.GetFileName(folder) != owner.Name && StateDirectories.HasRegister(folder, owner.Role));
    }

    private Candidate? Look(string root)
    {
        try
        {
            IReadOnlyCollection<Position> remembered = StateDirectories.Open(root, owner.Role, logger).Remembered;
            int shared = positions.Count(remembered.Contains);
            return shared == 0 ? null : new(root, shared, ObjectionTo(root, same: shared == positions.Count && shared == remembered.Count));
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            return null; // it cannot be read, so it cannot be used
        }
    }

    /// <summary>Why a folder may belong to another plaitrc, or null.</summary>
    private SafeText? ObjectionTo(string root, bool same)
    {
        string? user = ReadRecord(RecordOf(root, _role));
        string beside = Path.Combine(Path.GetDirectoryName(owner.Path!)!, Path.GetFileName(root));
        SafeText? objection = user == owner.Path ? null
            : user is not null && !IsGone(user) ? SafeText.Of($"its plaitrc, {SafeText.Own(user)}, is still there")
            : user is null && File.Exists(beside) ? SafeText.Of($"a plaitrc of its name, {SafeText.Own(beside)}, is still there")
            : user is null && !same ? SafeText.Of($"it holds the state of other chains too, and does not say whose it is")
            : null;
        return objection ?? (OursOf(root).Any(entry => Path.Exists(Path.Combine(owner.Root, Path.GetFileName(entry))))
            ? SafeText.Of($"the folder {Shown(owner.Root)} holds files of the same names")
            : null);
    }

    /// <summary>Whether there is no such file. A place that may not be looked at is not gone: a security module may hide it.</summary>
    private static bool IsGone(string file)
    {
        try
        {
            _ = File.GetAttributes(file);
            return false;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return true;
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            return false;
        }
    }

    private (string Root, StateLock Lock)? TakeOver(Candidate old, StateLock held, bool mayMove)
    {
        bool moved;
        try
        {
            moved = mayMove && Move(old.Root);
        }
        catch
        {
            held.Dispose();
            throw;
        }

        ProcessLog.StateContinued(logger, SafeText.Own(owner.Name), Shown(old.Root), moved
            ? $"in the folder {Shown(owner.Root)}"
            : SafeText.Of($"still in the folder {Shown(old.Root)}, because the disk is full or read-only"));
        if (!moved)
        {
            return (old.Root, held);
        }

        RemoveEmpty(old.Root);
        held.Dispose();
        return null;
    }

    /// <summary>Moves the files of our role; the register and the record of the plaitrc come last, so that an interrupted move goes on.</summary>
    /// <returns>False if not even the first could be moved.</returns>
    private bool Move(string from)
    {
        bool any = false;
        foreach (string entry in OursOf(from).OrderBy(entry => StateDirectories.IsRegister(entry) || entry == RecordOf(from, _role)))
        {
            string target = Path.Combine(owner.Root, Path.GetFileName(entry));
            try
            {
                if (entry.EndsWith(".cookie", StringComparison.Ordinal))
                {
                    File.Delete(entry); // a killed Plait has left it
                }
                else
                {
                    Directory.Move(entry, target); // files too: rename(2)
                    any = true;
                }
            }
            catch (Exception e) when (DiskErrors.IsOne(e) && !any)
            {
                return false;
            }
        }

        return any;
    }

    /// <summary>What belongs to our role in a folder, except the lock.</summary>
    private IEnumerable<string> OursOf(string root) => Directory.EnumerateFileSystemEntries(root).Where(entry =>
        Path.GetFileName(entry) is var name && name != $"{_role}.lock"
        && (name.StartsWith($"{_role}-", StringComparison.Ordinal) || name.StartsWith($"{_role}.", StringComparison.Ordinal)
            || (owner.Role == PtRole.Server && name.EndsWith(StateDirectories.BridgeLineSuffix, StringComparison.Ordinal)))).ToList();

    /// <summary>Its plaitrc is gone, so no Plait waits for the lock. If the other role's files are there, it stays.</summary>
    private void RemoveEmpty(string root)
    {
        try
        {
            if (Directory.EnumerateFileSystemEntries(root).All(entry => Path.GetFileName(entry) == $"{_role}.lock"))
            {
                Directory.Delete(root, recursive: true);
            }
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            // An empty folder harms nothing.
        }
    }

    private (string Root, StateLock Lock)? Refuse(Candidate candidate, SafeText why)
    {
        if (owner.Role == PtRole.Server) // no bridge line hangs on a client's state
        {
            ProcessLog.StateNotContinued(logger, SafeText.Own(owner.Name), Shown(candidate.Root), why);
        }

        return null;
    }

    private static SafeText Shown(string root) => SafeText.Own(Path.GetFileName(root));

    private static string RecordOf(string root, string role) => Path.Combine(root, $"{role}.plaitrc");

    private static string? ReadRecord(string file)
    {
        try
        {
            return StateFile.ReadText(file);
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            return null;
        }
    }

    /// <param name="Root">The folder.</param>
    /// <param name="Shared">How many of our positions it knows.</param>
    /// <param name="Objection">Why it cannot be taken, or null.</param>
    private sealed record Candidate(string Root, int Shared, SafeText? Objection);
}
