using System.Runtime.InteropServices;

namespace Plait.Native;

/// <summary>As whom we run.</summary>
internal static partial class UserIds
{
    /// <summary>The effective user id.</summary>
    internal static uint Effective => GetEffectiveUserId();

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUserId();
}
