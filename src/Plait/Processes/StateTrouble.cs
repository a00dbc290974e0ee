using Plait.Connections;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Native;
using Plait.Wire.Pt;

namespace Plait.Processes;

/// <summary>What is wrong with a child's state folder, or with a file in it, and what to do about it.</summary>
internal static class StateTrouble
{
    private const int MostFiles = 100; // far beyond what any known transport keeps

    // strerror(3) of ENOSPC, EDQUOT and EROFS
    private static readonly string[] s_ofTheDisk = ["no space left on device", "disk quota exceeded", "read-only file system"];

    // The words of programs about a file that they have read and do not understand; "invalid character" and "unexpected end" are Go's encoding/json.
    private static readonly string[] s_ofParsing = ["json", "invalid character", "unexpected end", "unexpected eof", "pars", "corrupt", "malformed", "decod"];

    /// <summary>Why our user cannot use a state folder, or null. A read-only disk is no reason: the files that are there may be enough.</summary>
    /// <param name="program">The child's name.</param>
    /// <param name="folder">The folder, which exists.</param>
    internal static ProcessDown? OfFolder(SafeText program, string folder) =>
        FileRights.AreLacking(folder, FileRights.Read | FileRights.Write | FileRights.Execute)
            ? Forbidden(program, FileRights.ClosedFolderAbove(folder) ?? folder)
            : null;

    /// <summary>A state folder, or a file that a child gets in it, could not be made.</summary>
    /// <param name="program">The child's name.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="problem">The error of the system.</param>
    internal static LaunchException NotMade(SafeText program, string folder, Exception problem) => new(
        Descriptors.AreLacking((problem.InnerException ?? problem).HResult) // errno, as the runtime passes it on
            ? new(ChainStage.Launch, FailureCause.LimitReached, FailureWords.NoDescriptorLeft)
            : problem is UnauthorizedAccessException && FirstThatIsThere(folder) is var there && FileRights.AreLacking(there, FileRights.Write | FileRights.Execute)
                ? Forbidden(program, there)
                : NotWritable(program, SafeText.Own(problem.Message)),
        problem);

    /// <summary>Why our user cannot use a folder of Plait's own state, as an exception with a sentence for a person.</summary>
    /// <param name="folder">The folder, which may not exist.</param>
    /// <param name="problem">The error of the system.</param>
    internal static UnauthorizedAccessException OfOurs(string folder, UnauthorizedAccessException problem)
    {
        const int all = FileRights.Read | FileRights.Write;
        string there = FirstThatIsThere(folder);
        string? closed = FileRights.AreLacking(there, all | FileRights.Execute) ? FileRights.ClosedFolderAbove(there) ?? there
            : Directory.EnumerateFiles(there).Take(MostFiles).FirstOrDefault(file => FileRights.AreLacking(file, all));
        return closed is null ? problem : new(Forbidden($"Plait", closed).Sentence.ToString(), problem);
    }

    /// <summary>The problem of the state that a program's words are about, or null if they are about something else.</summary>
    /// <param name="request">How it was started.</param>
    /// <param name="words">Its words, unscrubbed.</param>
    /// <param name="scrubber">For these words.</param>
    internal static ProcessDown? Of(LaunchRequest request, string words, Scrubber scrubber)
    {
        if (request.StateFolder is not { } folder)
        {
            return null;
        }

        string? file = FileNamedIn(folder, words);
        return file is null && !words.Contains(folder, StringComparison.Ordinal) ? null
            : Says(words, s_ofTheDisk) ? NotWritable(request.Name, scrubber.Scrub(words))
            : Says(words, "input/output error") ? DiskFails(request.Name, scrubber.Scrub(words))
            : file is null ? OfFolder(request.Name, folder)
            : FileRights.AreLacking(file, FileRights.Read | FileRights.Write) ? Forbidden(request.Name, file)
            : IsEmpty(file) || Says(words, s_ofParsing) ? Damaged(request, file, scrubber.Scrub(words))
            : null;
    }

    /// <summary>Its folder cannot be made, or a file that it keeps cannot be written.</summary>
    /// <param name="program">The child's name.</param>
    /// <param name="why">The reason, from the system or the child.</param>
    internal static ProcessDown NotWritable(SafeText program, SafeText why) =>
        new(ChainStage.Launch, FailureCause.StateNotWritable, $"{program} has no place for its state: {why}");

    private static ProcessDown DiskFails(SafeText program, SafeText words) =>
        new(ChainStage.Launch, FailureCause.StateNotWritable, $"{program} cannot use its state: {words}")
        {
            Advice = $"check the disk of tor's data directory: the kernel's log (dmesg) has what is wrong with it",
        };

    private static ProcessDown Forbidden(SafeText program, string path)
    {
        string owner = FileRights.OwnerOf(path) ?? "another user", own = FileRights.OwnUser;
        return new(ChainStage.Launch, FailureCause.NotPermitted, owner == own
            ? SafeText.Of($"{program} may not use its state: the mode of {SafeText.Own(path)} forbids it")
            : $"{program} may not use its state: {SafeText.Own(path)} belongs to the user {SafeText.Name(owner)}, and Plait runs as {SafeText.Name(own)}")
        {
            Advice = owner == own
                ? SafeText.Of($"allow it: chmod -R u+rwX {SafeText.Own(path)}")
                : $"give it back: chown -R {SafeText.Name(own)} {SafeText.Own(path)}",
        };
    }

    private static ProcessDown Damaged(LaunchRequest request, string file, SafeText words) => new(
        ChainStage.Negotiation, FailureCause.StateDamaged, IsEmpty(file)
            ? SafeText.Of($"the file in which {request.Name} keeps its state is empty: {SafeText.Own(file)}")
            : $"the file in which {request.Name} keeps its state is damaged: {words}")
    {
        Advice = request.Role == PtRole.Server
            ? SafeText.Of($"restore it from a backup; a new one, which {request.Name} makes where there is none, means a new bridge line")
            : $"remove it: {request.Name} makes a new one",
    };

    /// <summary>A folder, or its nearest ancestor that exists.</summary>
    private static string FirstThatIsThere(string folder)
    {
        while (!Directory.Exists(folder) && Path.GetDirectoryName(folder) is { } above)
        {
            folder = above;
        }

        return folder;
    }

    private static string? FileNamedIn(string folder, string words)
    {
        try
        {
            return Directory.EnumerateFiles(folder).Take(MostFiles).FirstOrDefault(file => Mention.Of(Path.GetFileName(file), words));
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            return null;
        }
    }

    private static bool IsEmpty(string file) => new FileInfo(file) is { Exists: true, Length: 0 };

    private static bool Says(string words, params string[] errors) => errors.Any(error => words.Contains(error, StringComparison.OrdinalIgnoreCase));
}
