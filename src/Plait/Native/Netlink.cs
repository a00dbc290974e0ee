namespace Plait.Native;

/// <summary>Numbers of the socket-diagnosis family of netlink(7): sock_diag(7), linux/netlink.h, linux/sock_diag.h, linux/inet_diag.h.</summary>
internal static class Netlink
{
    /// <summary>NETLINK_SOCK_DIAG.</summary>
    internal const int SockDiagProtocol = 4;

    // The type of a message: SOCK_DIAG_BY_FAMILY, NLMSG_ERROR, NLMSG_DONE
    internal const ushort SockDiagByFamily = 20, Failed = 2, Done = 3;

    // Flags of a request: NLM_F_REQUEST, NLM_F_DUMP
    internal const ushort Request = 0x1, Dump = 0x300;

    /// <summary>struct nlmsghdr: length (4 bytes), type (2), flags (2), sequence (4), port (4).</summary>
    internal const int HeaderLength = 16;

    /// <summary>A header and struct inet_diag_req_v2.</summary>
    internal const int QuestionLength = HeaderLength + 56;

    /// <summary>A header and struct inet_diag_msg.</summary>
    internal const int AnswerLength = HeaderLength + 72;

    /// <summary>As much as the kernel puts into one message of a list.</summary>
    internal const int LongestAnswer = 32 * 1024;
}
