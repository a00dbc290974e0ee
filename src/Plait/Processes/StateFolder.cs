using Plait.Connections;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Native;
using Plait.Storage;

namespace Plait.Processes;

/// <summary>The state directory of one child: chosen, and made when it can be made.</summary>
/// <param name="path">Its full path.</param>
/// <param name="origin">The directory that it begins as a copy of, or null.</param>
internal sealed class StateFolder(string path, string? origin)
{
    private readonly Lock _lock = new();
    private Exception? _copyProblem;

    /// <summary>Its full path.</summary>
    internal string Path => path;

    /// <summary>It could not be made as a copy, and the place of its identity is still the old one.</summary>
    internal bool CopyFailed => _copyProblem is not null;

    /// <summary>Makes it for a child that is about to start, and looks whether our user may use it.</summary>
    /// <param name="program">The child's name.</param>
    /// <exception cref="LaunchException">It cannot be made, or not be used.</exception>
    internal void Make(SafeText program)
    {
        try
        {
            Make();
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            throw StateTrouble.NotMade(program, path, e);
        }

        if (StateTrouble.OfFolder(program, path) is { } trouble)
        {
            throw new LaunchException(trouble);
        }
    }

    /// <summary>
    /// Makes it with mode 0700 if it is not there. A copy is made under another name first: half an identity must never be
    /// found there. It is tried once, before any child runs that could be writing the files that are copied.
    /// </summary>
    /// <exception cref="IOException">It cannot be made: the disk is full, for example.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be made.</exception>
    internal void Make()
    {
        PollerThread.AssertNot();
        lock (_lock)
        {
            if (Directory.Exists(path))
            {
                return;
            }

            if (_copyProblem is { } before)
            {
                throw new IOException(before.Message, before);
            }

            if (origin is null || !Directory.Exists(origin))
            {
                StateDirectories.CreatePrivate(path);
                return;
            }

            try
            {
                Copy();
            }
            catch (Exception e) when (DiskErrors.IsOne(e))
            {
                _copyProblem = e;
                throw;
            }
        }
    }

    private void Copy()
    {
        string begun = path + ".new"; // a dot: no transport's name, and so no directory's, has one (N1)
        try
        {
            Remove(begun);
            StateDirectories.CreatePrivate(begun);
            foreach (string file in Directory.EnumerateFiles(origin!, "*", SearchOption.AllDirectories))
            {
                string copy = System.IO.Path.Combine(begun, System.IO.Path.GetRelativePath(origin!, file));
                StateDirectories.CreatePrivate(System.IO.Path.GetDirectoryName(copy)!);
                File.Copy(file, copy, overwrite: true); // keeps the mode
            }

            CopyArguments();
            Directory.Move(begun, path);
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            Remove(begun);
            throw;
        }
    }

    /// <summary>What its clients have to know goes with the identity (<see cref="PublishedArguments"/>).</summary>
    private void CopyArguments()
    {
        string from = PublishedArguments.FileOf(origin!), to = PublishedArguments.FileOf(path);
        if (File.Exists(from) && !File.Exists(to))
        {
            StateFile.Replace(to, StateFile.ReadLines(from));
        }
    }

    private static void Remove(string folder)
    {
        try
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            // The copy is never taken for the directory itself.
        }
    }
}
