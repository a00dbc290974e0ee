using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Plait.Diagnostics;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Secrecy;
using Plait.Tests.Support;
using Plait.Wire.Pt;
using Xunit;

namespace Plait.Tests.Diagnostics.Events;

public sealed class EventLogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly LogRecorder _log = new();

    private string FilePath => _folder["events"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task File_IsForItsOwnerAlone_AndHasALineForEachEvent()
    {
        await using (EventLog log = Open())
        {
            foreach ((_, PlaitEvent happened) in EventSamples.All)
            {
                log.Of(PtRole.Client).OnEvent(happened);
            }
        }

        string[] expected = ["log_opened", .. EventSamples.All.Select(sample => EventNames.Of(sample.Event))];
        Assert.Equal(expected, EventsIn(FilePath));
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(FilePath) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Fact]
    public async Task File_ThatIsThere_IsAppendedToAndKeepsItsMode()
    {
        File.WriteAllText(FilePath, "{\"event\":\"mine\"}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(FilePath, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        }

        await using (EventLog log = Open())
        {
            Tell(log, "a");
        }

        Assert.Equal(["mine", "log_opened", "chain_listening"], EventsIn(FilePath));
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(FilePath).HasFlag(UnixFileMode.GroupRead));
    }

    [Fact]
    public async Task OpenInAnyCase_DiskIsFull_IsOneWarning()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "there is no /dev/full here");
        await using (EventLog log = EventLog.OpenInAnyCase("/dev/full", _log))
        {
            Tell(log, "a");
        }

        Assert.Matches("^Warning 401: the event log /dev/full cannot be written: .*No space left on device", Assert.Single(_log.Entries));
    }

    [Fact]
    public void OpenInAnyCase_IsADirectory_IsRefused() => Assert.Throws<IOException>(() => EventLog.OpenInAnyCase(_folder.Path, _log));

    [Fact]
    public void File_ReachesItsLimit_BecomesTheOneBefore() // G6
    {
        const int Limit = 100;
        using (EventLogFile file = OpenFile(Limit))
        {
            for (int i = 0; i < 50; i++)
            {
                file.Write(Line($"line{i:00}"));
            }
        }

        Assert.Equal([FilePath, FilePath + ".old"], Directory.GetFiles(_folder.Path).Order(StringComparer.Ordinal));
        Assert.All(Directory.GetFiles(_folder.Path), path => Assert.InRange(new FileInfo(path).Length, 1, Limit));
        string[] before = EventsIn(FilePath + ".old");
        string[] now = EventsIn(FilePath);
        Assert.Equal(["first", "first"], [before[0], now[0]]);
        string[] kept = [.. before.Skip(1), .. now.Skip(1)]; // the last, and nothing missing between the two
        Assert.Equal(Enumerable.Range(50 - kept.Length, kept.Length).Select(i => $"line{i:00}"), kept);
    }

    [Fact]
    public void File_AnotherPlaitHasBegunTheNext_IsNotBegunAgain()
    {
        using EventLogFile file = OpenFile(limit: 50);
        file.Write(Line("mine"));
        File.Move(FilePath, FilePath + ".old");
        File.WriteAllBytes(FilePath, Line("o"));

        file.Write(Line("late"));

        Assert.Equal(["first", "mine"], EventsIn(FilePath + ".old"));
        Assert.Equal(["o", "first", "late"], EventsIn(FilePath));
    }

    [Fact]
    public void File_IsRenamed_AnotherIsBegun() // logrotate without copytruncate
    {
        Assert.SkipUnless(File.Exists("/proc/self/fd/0"), "this system does not tell that a file was renamed");
        using EventLogFile file = OpenFile(limit: 1000);
        file.Write(Line("before"));
        File.Move(FilePath, FilePath + ".old");

        file.Write(Line("after"));
        file.Write(Line("later"));

        Assert.Equal(["first", "before"], EventsIn(FilePath + ".old"));
        Assert.Equal(["first", "after", "later"], EventsIn(FilePath));
    }

    [Fact]
    public void File_IsRemoved_AnotherIsBegun()
    {
        Assert.SkipUnless(File.Exists("/proc/self/fd/0"), "this system does not tell that a file was removed");
        using EventLogFile file = OpenFile(limit: 1000);
        File.Delete(FilePath);

        file.Write(Line("after"));

        Assert.Equal(["first", "after"], EventsIn(FilePath));
    }

    [Fact]
    public async Task Reopen_AnotherNamesake_IsWrittenFromThenOn()
    {
        await using (EventLog log = Open())
        {
            File.Move(FilePath, FilePath + ".old");
            log.Reopen();
            Tell(log, "a");
        }

        Assert.Equal(["log_opened"], EventsIn(FilePath + ".old"));
        Assert.Equal(["log_opened", "chain_listening"], EventsIn(FilePath));
    }

    [Fact]
    public void File_IsCutByAnother_GoesOnAtItsEnd()
    {
        using EventLogFile file = OpenFile(limit: 1000);
        File.WriteAllBytes(FilePath, []);
        file.Write(Line("next"));
        Assert.Equal(["next"], EventsIn(FilePath));
    }

    [Fact]
    public async Task Folder_GoesAndComesBack_IsWarnedOfOnceAndTheGapIsSaid()
    {
        string folder = Directory.CreateDirectory(_folder["logs"]).FullName;
        string path = Path.Combine(folder, "events");
        await using (EventLog log = EventLog.Open(path, limit: 1, _log, TimeProvider.System)) // so that the next line needs the folder
        {
            Directory.Delete(folder, recursive: true);
            Tell(log, "lost");
            await _log.WaitForAsync("Warning 401: the event log ");
            Directory.CreateDirectory(folder);
            Tell(log, "kept");
        }

        Assert.Single(_log.Entries);
        Assert.Equal(["log_opened", "events_left_out", "chain_listening"], EventsIn(path));
    }

    [Fact]
    public void Open_CannotBeWritten_SaysWhichAndWhy()
    {
        AssertRefused(_folder.Path, "it is a directory, and a file is needed");
        AssertRefused(_folder["no/such/folder"], "Could not find a part of the path");
        AssertRefused("", "empty");
        File.WriteAllText(FilePath, "");
        AssertRefused(Path.Combine(FilePath, "below"), "");
    }

    [Fact]
    public void Open_FullDisk_SaysSoAtOnce()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "this system has no /dev/full");
        AssertRefused("/dev/full", "No space left on device");
    }

    [Fact]
    public void Open_PipeWithoutAReader_IsRefusedAndDoesNotWait()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "pipes are no files there");
        using (Process make = Process.Start("mkfifo", [FilePath]))
        {
            make.WaitForExit();
        }

        AssertRefused(FilePath, "it is a pipe");
    }

    [Theory]
    [InlineData("quote \" backslash \\ line\nend \u0001 \u007f é 😀")]
    [InlineData("half \ud83d of a pair")]
    public void Line_AnyText_IsOneLineOfJson(string text)
    {
        byte[] line = EventJson.Line(EventSamples.At, PtRole.Client, Said(text));
        Assert.Equal(line.Length - 1, Array.IndexOf(line, (byte)'\n'));
        string? read = JsonDocument.Parse(line).RootElement.GetProperty("last_words").GetString();
        Assert.Equal(text.Replace("\ud83d ", "\ufffd ", StringComparison.Ordinal), read);
    }

    [Fact]
    public void Line_TextWithoutEnd_IsCut() // G6
    {
        byte[] line = EventJson.Line(EventSamples.At, PtRole.Client, Said(new string('x', 1 << 20)));
        Assert.InRange(line.Length, 2000, 3000);
    }

    [Fact]
    public void Line_MoreThanCanWait_IsLeftOut()
    {
        // Nothing is ever written while the pool's threads are all taken; so it is asked of the buffer itself.
        var buffer = new GapBuffer<int>(EventLog.Capacity, count => -count);
        for (int i = 0; i < EventLog.Capacity + 5; i++)
        {
            buffer.Add(i);
        }

        int last = 0;
        while (buffer.TryRead(out int item))
        {
            last = item;
        }

        Assert.Equal(-5, last);
    }

    private EventLog Open() => EventLog.Open(FilePath, _log);

    private static void Tell(EventLog log, string chain) => log.Of(PtRole.Client).OnEvent(new PlaitEvent.ChainListening(chain, Refusing: null));

    private static PlaitEvent.ChildExited Said(string words) => new(new("pt", [new("a", 0, "a")]), $"exit code 1", SafeText.Own(words), TimeSpan.Zero);

    private static string[] EventsIn(string file) =>
        [.. File.ReadLines(file).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("event").GetString()!)];

    private static void AssertRefused(string path, string why)
    {
        string message = Assert.Throws<IOException>(() => EventLog.Open(path)).Message;
        Assert.StartsWith($"the event log {path} cannot be written: ", message, StringComparison.Ordinal);
        Assert.Contains(why, message, StringComparison.Ordinal);
    }

    private EventLogFile OpenFile(long limit)
    {
        var file = new EventLogFile(FilePath, limit, () => Line("first"));
        file.Open();
        return file;
    }

    private static byte[] Line(string name) => Encoding.UTF8.GetBytes($"{{\"event\":\"{name}\"}}\n");
}
