using System.Net;
using System.Runtime.Versioning;
using Plait.Chains.Server;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Chains;

[UnsupportedOSPlatform("windows")] // modes of files
public sealed class ClientTableTests : IDisposable
{
    private static readonly IPAddress s_one = IPAddress.Parse("192.0.2.1"), s_two = IPAddress.Parse("2001:db8::2");

    private readonly FakeTime _time = new();
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _warnings = [];

    private string File => _folder["clients"];

    [Fact] // G1
    public async Task TakeAsync_Returns_WhenTheFileHasTheLine()
    {
        await using ClientTable table = await OpenAsync();
        ClientSource one = await TakeAsync(table, s_one), two = await TakeAsync(table, s_two);

        Assert.NotEqual(one.Address, two.Address);
        Assert.All([one, two], source => Assert.True(new IPNetwork(new IPAddress([127, 128, 0, 0]), 10).Contains(source.Address)));
        Assert.Equal([$"{one.Address} {s_one}", $"{two.Address} {s_two}"], Lines());
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File));
        }
    }

    [Fact]
    public async Task TakeAsync_TheSameClient_HasTheSameAddress_WhileALineStays()
    {
        await using ClientTable table = await OpenAsync();
        ClientSource first = await TakeAsync(table, s_one), second = await TakeAsync(table, s_one);
        Assert.Equal(first.Address, second.Address);
        first.Dispose();
        first.Dispose(); // once
        second.Dispose();
        _time.Advance(ClientTable.Grace / 2);

        Assert.Equal(first.Address, (await TakeAsync(table, s_one)).Address);
    }

    [Fact] // G7
    public async Task Dispose_OfTheLastConnection_RemovesTheLine_AfterTheGrace()
    {
        await using ClientTable table = await OpenAsync();
        ClientSource ended = await TakeAsync(table, s_one), lives = await TakeAsync(table, s_two);
        ended.Dispose();
        _time.Advance(ClientTable.Grace);

        string only = $"{lives.Address} {s_two}";
        while (!Lines().SequenceEqual([only])) // the sweep writes on a thread of the pool
        {
            Deadline.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        Assert.NotEqual(ended.Address, (await TakeAsync(table, s_one)).Address); // it went round, and is not given again soon
    }

    [Fact]
    public async Task TakeAsync_ManyAtOnce_EachIsInTheFile_WhenItReturns()
    {
        await using ClientTable table = await OpenAsync();

        await Task.WhenAll(Enumerable.Range(0, 500).Select(i => Task.Run(async () =>
        {
            var client = new IPAddress([10, 0, (byte)(i >> 8), (byte)i]);
            ClientSource source = await TakeAsync(table, client);
            Assert.Contains($"{source.Address} {client}", Lines());
        })));

        Assert.Equal(500, Lines().Select(line => line.Split(' ')[0]).Distinct().Count());
    }

    [Fact] // a far end that drains: its connections live on beside the successor's
    public async Task OpenAsync_AfterAPredecessor_GivesNoneOfItsAddressesToOthers()
    {
        await using ClientTable old = await OpenAsync();
        ClientSource before = await TakeAsync(old, s_one);
        await Assert.ThrowsAsync<ClientTableInUseException>(OpenAsync);
        await old.CloseAsync();

        Assert.Null(await old.TakeAsync(s_two, Deadline.Token));
        await using ClientTable next = await OpenAsync();
        Assert.Equal([$"{before.Address} {s_one}"], Lines());
        Assert.NotEqual(before.Address, (await TakeAsync(next, s_two)).Address);
        Assert.Equal(before.Address, (await TakeAsync(next, s_one)).Address);
    }

    [Fact] // the oldest of three ends last: it must not forget what the others gave
    public async Task DisposeAsync_ASuccessorHasBeenThere_LeavesItsTable()
    {
        ClientTable oldest = await OpenAsync();
        await TakeAsync(oldest, s_one);
        await oldest.CloseAsync();
        ClientTable drains = await OpenAsync();
        ClientSource lives = await TakeAsync(drains, s_two);
        await drains.CloseAsync();

        await oldest.DisposeAsync();

        Assert.Contains($"{lives.Address} {s_two}", Lines());
        await using ClientTable next = await OpenAsync();
        Assert.NotEqual(lives.Address, (await TakeAsync(next, IPAddress.Parse("192.0.2.3"))).Address);
        await drains.DisposeAsync();
    }

    [Fact] // the heading keeps the place
    public async Task OpenAsync_AfterAllLinesHaveGone_GoesOnAfterTheLastAddress()
    {
        IPAddress before;
        await using (ClientTable old = await OpenAsync())
        {
            before = (await TakeAsync(old, s_one)).Address;
        }

        Assert.Empty(Lines());
        await using ClientTable next = await OpenAsync();
        Assert.Equal(Number(before) + 1, Number((await TakeAsync(next, s_two)).Address));

        static long Number(IPAddress address) => address.GetAddressBytes().Aggregate(0L, (sum, part) => (sum << 8) + part);
    }

    [Fact] // exact or absent
    public async Task TakeAsync_FileCannotBeWritten_IsNone_AndIsToldOnce()
    {
        await using ClientTable table = await OpenAsync();
        Directory.CreateDirectory(File + ".new");

        Assert.Null(await table.TakeAsync(s_one, Deadline.Token));
        Assert.Null(await table.TakeAsync(s_two, Deadline.Token));
        Assert.Contains("cannot be written", Assert.Single(_warnings));

        Directory.Delete(File + ".new");
        ClientSource source = await TakeAsync(table, s_one);
        Assert.Contains($"{source.Address} {s_one}", Lines());
    }

    [Theory]
    [InlineData("root:x:0:0\n")]
    [InlineData("127.128.0.1 192.0.2.1\n")]
    public async Task OpenAsync_FileOfAnother_IsNotReplaced(string text)
    {
        System.IO.File.WriteAllText(File, text);
        await Assert.ThrowsAsync<IOException>(OpenAsync);
        Assert.Equal(text, System.IO.File.ReadAllText(File));
    }

    /// <summary>flock(2) asks for no right to write: another user who can read the file could hold the table.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)] // by an earlier version
    public async Task OpenAsync_Lock_CanBeOpenedByOurUserAlone(bool isThere)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "modes are those of Linux");
        const UnixFileMode ours = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        if (isThere)
        {
            System.IO.File.WriteAllText(File + ".lock", "");
            System.IO.File.SetUnixFileMode(File + ".lock", ours | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        }

        await using ClientTable table = await OpenAsync();

        Assert.Equal(ours, System.IO.File.GetUnixFileMode(File + ".lock"));
        await Assert.ThrowsAsync<ClientTableInUseException>(OpenAsync);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task OpenAsync_LockIsALink_IsNotFollowed(bool leadsToAFile)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "links are those of Linux");
        string precious = _folder["precious"];
        if (leadsToAFile)
        {
            System.IO.File.WriteAllText(precious, "precious");
            System.IO.File.SetUnixFileMode(precious, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        }

        System.IO.File.CreateSymbolicLink(File + ".lock", precious);

        Assert.EndsWith(".lock is no regular file", (await Assert.ThrowsAsync<IOException>(OpenAsync)).Message);
        Assert.Equal(leadsToAFile, System.IO.File.Exists(precious));
        Assert.False(System.IO.File.Exists(File));
    }

    [Fact]
    public async Task OpenAsync_LinesThatAreNone_AreLeftOut()
    {
        await using (ClientTable table = await OpenAsync())
        {
            await TakeAsync(table, s_one);
            await table.CloseAsync();
            System.IO.File.AppendAllText(File, "127.0.0.1 192.0.2.9\n127.128.0.7\n127.128.0.7 nobody\n127.255.0.1 192.0.2.8\n\n");
            await using ClientTable next = await OpenAsync();
            Assert.EndsWith($" {s_one}", Assert.Single(Lines()));
        }
    }

    public void Dispose() => _folder.Dispose();

    private Task<ClientTable> OpenAsync() => ClientTable.OpenAsync(File, TimeSpan.Zero, _time, _warnings.Add, Deadline.Token);

    private static async Task<ClientSource> TakeAsync(ClientTable table, IPAddress client)
    {
        ClientSource? source = await table.TakeAsync(client, Deadline.Token);
        Assert.NotNull(source);
        return source;
    }

    private string[] Lines() => [.. System.IO.File.ReadAllLines(File).Skip(1)];
}
