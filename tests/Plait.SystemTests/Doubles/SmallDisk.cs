namespace Plait.SystemTests.Doubles;

/// <summary>
/// A disk that can be filled: a tmpfs. Mounting takes root; without it the test is skipped, but under CI it fails.
/// </summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private int _filled;

    private SmallDisk(string path) => Path = path;

    /// <summary>Where it is mounted.</summary>
    public string Path { get; }

    /// <summary>Mounts an empty one, with room for some state.</summary>
    public static async Task<SmallDisk> MountAsync()
    {
        string path = Directory.CreateTempSubdirectory("plait-disk-").FullName;
        if (!OperatingSystem.IsLinux() || await RunAsync("mount", "-t", "tmpfs", "-o", "size=128k,nr_inodes=100,mode=700", "plait-test", path) != 0)
        {
            Directory.Delete(path);
            const string why = "a small disk cannot be mounted here: that takes Linux and root";
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", why);
            Assert.Fail(why);
        }

        return new(path);
    }

    /// <summary>Leaves room for no byte and no file more.</summary>
    public void Fill()
    {
        try
        {
            using FileStream block = File.Create(System.IO.Path.Combine(Path, $"filler-{_filled++}"));
            byte[] zeros = new byte[4096];
            while (true)
            {
                block.Write(zeros);
                block.Flush();
            }
        }
        catch (IOException)
        {
            // Full of bytes.
        }

        try
        {
            while (true)
            {
                File.Create(System.IO.Path.Combine(Path, $"filler-{_filled++}")).Dispose();
            }
        }
        catch (IOException)
        {
            // Full of files.
        }
    }

    /// <summary>Removes what filled it.</summary>
    public void Empty()
    {
        foreach (string file in Directory.GetFiles(Path, "filler-*"))
        {
            File.Delete(file);
        }
    }

    /// <summary>From now on nothing can be written.</summary>
    public async Task MakeReadOnlyAsync() => Assert.Equal(0, await RunAsync("mount", "-o", "remount,ro", Path));

    /// <summary>From now on nothing on it can be executed.</summary>
    public async Task ForbidExecutionAsync() => Assert.Equal(0, await RunAsync("mount", "-o", "remount,noexec", Path));

    public async ValueTask DisposeAsync()
    {
        Assert.Equal(0, await RunAsync("umount", "-l", Path));
        Directory.Delete(Path);
    }

    private static async Task<int> RunAsync(string program, params string[] arguments)
    {
        if (Programs.Find(program) is not { } path)
        {
            return -1;
        }

        await using RunningProgram run = RunningProgram.Start(path, arguments);
        return await run.WaitForExitAsync();
    }
}
